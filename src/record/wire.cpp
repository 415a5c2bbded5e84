#include <wharf/record/wire.h>

#include <algorithm>

#include "record/json_scan.h"
#include "record/wire_forms.h"

namespace wharf::record {

std::string_view name_of(WireForm form) {
  switch (form) {
    case WireForm::protobuf:
      return "PROTOBUF";
    case WireForm::jsonl:
      return "JSONL";
    case WireForm::batch:
      return "BATCH";
  }
  return "JSONL";
}

std::optional<WireForm> find_wire_form(std::string_view name) {
  for (auto form : {WireForm::protobuf, WireForm::jsonl, WireForm::batch}) {
    if (name == name_of(form)) return form;
  }
  return std::nullopt;
}

std::unique_ptr<WireWriter> make_wire_writer(WireForm form,
                                             const protocol::StreamDescriptor& stream,
                                             std::shared_ptr<const Schema> schema) {
  switch (form) {
    case WireForm::protobuf:
      return make_protobuf_writer(stream, std::move(schema));
    case WireForm::batch:
      return make_batch_writer(stream, std::move(schema));
    case WireForm::jsonl:
      break;
  }
  return make_json_writer(stream, std::move(schema));
}

std::unique_ptr<WireReader> make_wire_reader(WireForm form, std::vector<ReadStream> streams,
                                             std::size_t limit) {
  switch (form) {
    case WireForm::protobuf:
      return make_protobuf_reader(std::move(streams), limit);
    case WireForm::batch:
      return make_batch_reader(std::move(streams), limit);
    case WireForm::jsonl:
      break;
  }
  return make_json_reader(std::move(streams), limit);
}

void append_message(WireForm form, std::string_view json, Buffer& out) {
  switch (form) {
    case WireForm::protobuf:
      return append_protobuf_message(json, out);
    case WireForm::batch:
      return append_batch_message(json, out);
    case WireForm::jsonl:
      break;
  }
  out.append(json);
  out.append('\n');
}

StreamIndex::StreamIndex(const std::vector<ReadStream>& streams) {
  for (std::uint32_t i = 0; i < streams.size(); ++i) {
    const protocol::StreamDescriptor& descriptor = streams[i].descriptor;
    by_name_.emplace(descriptor.name_space.value_or("") + '\0' + descriptor.name, i);
  }
}

std::optional<std::uint32_t> StreamIndex::find(std::string_view name_space, std::string_view name) {
  wanted_.assign(name_space).append(1, '\0').append(name);
  auto found = by_name_.find(wanted_);
  if (found == by_name_.end()) return std::nullopt;
  return found->second;
}

std::string stream_text(std::string_view name_space, std::string_view name) {
  std::string text(name_space);
  if (!text.empty()) text += '.';
  return text.append(name);
}

bool tidy_json(std::string_view text, RecordBatch& batch, Value& out) {
  const char* end = text.data() + text.size();
  const char* from = json::skip_space(text.data(), end);
  const char* to = json::value_end(from, end);
  if (to == nullptr || json::skip_space(to, end) != end) return false;
  std::string_view value(from, static_cast<std::size_t>(to - from));
  // A line end can only stand between tokens, where a space means the same.
  if (value.find('\n') != std::string_view::npos || value.find('\r') != std::string_view::npos) {
    char* copy = batch.allocate(value.size());
    std::replace_copy_if(
        value.begin(), value.end(), copy, [](char c) { return c == '\n' || c == '\r'; }, ' ');
    value = {copy, value.size()};
  }
  out = value == "null" ? Value::null() : Value::json(value);
  return true;
}

}  // namespace wharf::record

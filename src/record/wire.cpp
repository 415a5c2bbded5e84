#include <wharf/record/wire.h>

#include <algorithm>

#include "record/json_scan.h"
#include "record/wire_forms.h"

namespace wharf::record {

std::string_view name_of(WireForm form) {
  return form == WireForm::protobuf ? "PROTOBUF" : "JSONL";
}

std::unique_ptr<WireWriter> make_wire_writer(WireForm form,
                                             const protocol::StreamDescriptor& stream,
                                             std::shared_ptr<const Schema> schema) {
  return form == WireForm::protobuf ? make_protobuf_writer(stream, std::move(schema))
                                    : make_json_writer(stream, std::move(schema));
}

std::unique_ptr<WireReader> make_wire_reader(WireForm form, std::vector<ReadStream> streams,
                                             std::size_t limit) {
  return form == WireForm::protobuf ? make_protobuf_reader(std::move(streams), limit)
                                    : make_json_reader(std::move(streams), limit);
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

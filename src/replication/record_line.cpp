#include "replication/record_line.h"

#include "record/json_scan.h"
#include "replication/record_envelope.h"

#include <wharf/record/text_form.h>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace wharf::replication {
namespace {

namespace json = record::json;
using Names = std::unordered_set<std::string>;

bool is_empty_object(std::string_view data) {
  return json::skip_space(data.data() + 1, data.data() + data.size()) ==
         data.data() + data.size() - 1;
}

}  // namespace

RecordLines::RecordLines(std::vector<PumpStream> streams) : streams_(std::move(streams)) {
  for (const auto& stream : streams_) chosen_.emplace_back(stream.fields.value_or(Names{}));
}

Look RecordLines::look(std::string_view line) {
  newest_.reset();
  for (std::size_t i = 0; i < prefixes_.size(); ++i) {
    if (!line.starts_with(prefixes_[i].bytes)) continue;
    const std::size_t data_end = data_end_by_tail(line);
    if (data_end == std::string_view::npos) break;
    if (i != 0) std::swap(prefixes_[0], prefixes_[i]);
    const std::size_t data_begin = prefixes_[0].bytes.size();
    if (data_end <= data_begin || line[data_begin] != '{') break;
    return judged(line.substr(data_begin, data_end - data_begin), prefixes_[0].stream);
  }
  return look_at_envelope(line);
}

Look RecordLines::judged(std::string_view data, std::uint32_t stream) const {
  const PumpStream& to = streams_[stream];
  Look look{.kind = Look::Kind::record,
            .unchanged =
                !to.fields && to.from.name == to.to.name && to.from.name_space == to.to.name_space,
            .stream = stream,
            .data_bytes = data.size(),
            .why = {}};
  if (is_empty_object(data)) look.kind = Look::Kind::empty_record;
  if (!to.key.empty() && !has_any_field(data, to.key)) {
    look.kind = Look::Kind::no_key;
    look.why = fmt::format("a record of stream '{}' has no value in its primary key ({})",
                           protocol::to_string(to.from), fmt::join(to.key, ", "));
  }
  return look;
}

Look RecordLines::look_at_envelope(std::string_view line) {
  Look look;
  if (!begins_like_record(line) && line.find("\"RECORD\"") == std::string_view::npos) return look;
  const auto envelope = take_apart(line);
  if (!envelope) {
    if (begins_like_record(line)) {
      look.kind = Look::Kind::broken;
      look.why = "a line that begins like a RECORD does not parse";
    }
    return look;
  }
  const auto stream = find_stream(envelope->stream_name());
  if (!stream) {
    look.kind = Look::Kind::unknown_stream;
    look.why = fmt::format("a record of stream '{}', which is not in the catalog",
                           protocol::to_string(envelope->stream_name()));
    return look;
  }
  newest_ = Newest{*envelope, *stream};
  if (envelope->ends_with_emitted_at && data_end_by_tail(line) != std::string_view::npos) {
    const auto begin = static_cast<std::size_t>(envelope->data.data() - line.data());
    std::erase_if(prefixes_, [&](const Prefix& old) { return old.stream == *stream; });
    prefixes_.insert(prefixes_.begin(),
                     Prefix{std::string(line.substr(0, begin)), mapped_head(line), *stream});
  }
  return judged(envelope->data, *stream);
}

std::optional<std::uint32_t> RecordLines::find_stream(
    const protocol::StreamDescriptor& name) const {
  const auto found = std::find_if(streams_.begin(), streams_.end(),
                                  [&](const PumpStream& each) { return each.from == name; });
  if (found == streams_.end()) return std::nullopt;
  return static_cast<std::uint32_t>(found - streams_.begin());
}

// What the destination shall read in the place of a value.
struct RecordLines::Edit {
  std::string_view value;
  enum class With { name, name_and_namespace, name_space, data } with;
};

// In the order of the line.
std::vector<RecordLines::Edit> RecordLines::edits_of(const Newest& newest) const {
  const RecordEnvelope& envelope = newest.envelope;
  const bool adds_namespace =
      envelope.namespace_value.empty() && streams_[newest.stream].to.name_space.has_value();
  std::vector<Edit> edits{
      {envelope.name_value, adds_namespace ? Edit::With::name_and_namespace : Edit::With::name},
      {envelope.data, Edit::With::data}};
  if (!envelope.namespace_value.empty()) {
    edits.push_back({envelope.namespace_value, Edit::With::name_space});
  }
  std::sort(edits.begin(), edits.end(),
            [](const Edit& a, const Edit& b) { return a.value.data() < b.value.data(); });
  return edits;
}

// False: the data is no JSON.
bool RecordLines::write_edit(const Edit& edit, std::uint32_t stream, record::Buffer& out) {
  const PumpStream& names = streams_[stream];
  auto name_space = [&] {
    if (names.to.name_space)
      record::append_json_string(out, *names.to.name_space);
    else
      out.append("null");
  };
  switch (edit.with) {
    case Edit::With::name:
      record::append_json_string(out, names.to.name);
      break;
    case Edit::With::name_and_namespace:
      record::append_json_string(out, names.to.name);
      out.append(R"(,"namespace":)");
      name_space();
      break;
    case Edit::With::name_space:
      name_space();
      break;
    case Edit::With::data:
      if (names.fields) return chosen_[stream].write(edit.value, out);
      out.append(edit.value);
      break;
  }
  return true;
}

// The line up to its data, with the destination's names.
std::string RecordLines::mapped_head(std::string_view line) {
  record::Buffer out;
  const char* at = line.data();
  for (const Edit& edit : edits_of(*newest_)) {
    out.append(std::string_view(at, edit.value.data()));
    if (edit.with == Edit::With::data) break;
    write_edit(edit, newest_->stream, out);
    at = edit.value.data() + edit.value.size();
  }
  return std::string(out.view());
}

bool RecordLines::rewrite(std::string_view line, const Look& look, record::Buffer& out) {
  const char* at = line.data();
  bool good = true;
  if (newest_) {
    for (const Edit& edit : edits_of(*newest_)) {
      out.append(std::string_view(at, edit.value.data()));
      good = write_edit(edit, look.stream, out) && good;
      at = edit.value.data() + edit.value.size();
    }
  } else {
    const Prefix& prefix = prefixes_.front();
    out.append(prefix.mapped);
    const std::string_view data = line.substr(prefix.bytes.size(), look.data_bytes);
    good = write_edit({data, Edit::With::data}, look.stream, out);
    at = data.data() + data.size();
  }
  out.append(std::string_view(at, line.data() + line.size()));
  out.append('\n');
  return good;
}

}  // namespace wharf::replication

#include "replication/record_line.h"

#include "record/json_scan.h"

#include <wharf/record/text_form.h>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace wharf::replication {
namespace {

namespace json = record::json;

constexpr std::size_t kPlaces = 1024;  // of members that are remembered, in each stream

// White space apart, `{"type":"RECORD"` or `{"record":`: a line that means to be a record.
bool begins_like_record(std::string_view line) {
  std::string head;
  for (char c : line) {
    if (json::is_space(c)) continue;
    head += c;
    if (head.size() == 16) break;
  }
  return head.starts_with(R"({"type":"RECORD")") || head.starts_with(R"({"record":)");
}

// The text inside a JSON string's quotes, unescaped.
std::string plain(std::string_view quoted) {
  const std::string_view inside = quoted.substr(1, quoted.size() - 2);
  std::string text(inside.size(), '\0');
  text.resize(static_cast<std::size_t>(json::unescape(inside, text.data()) - text.data()));
  return text;
}

std::string_view between(const char* begin, const char* end) {
  return {begin, static_cast<std::size_t>(end - begin)};
}

// `},"emitted_at":1700000000000}}` at the end of the line, spaces after `,` and `:` or none: where
// the `}` of the data stands; npos if the line ends otherwise.
std::size_t data_end_by_tail(std::string_view line) {
  std::size_t at = line.size();
  if (at < 4 || line[at - 1] != '}' || line[at - 2] != '}') return std::string_view::npos;
  at -= 2;
  const std::size_t digits_end = at;
  while (at > 0 && line[at - 1] >= '0' && line[at - 1] <= '9') --at;
  if (at == digits_end) return std::string_view::npos;
  std::string_view head = line.substr(0, at);
  for (std::string_view tail :
       {std::string_view(R"(,"emitted_at":)"), std::string_view(R"(, "emitted_at": )")}) {
    if (head.ends_with(tail)) {
      head.remove_suffix(tail.size());
      return head.ends_with('}') ? head.size() : std::string_view::npos;
    }
  }
  return std::string_view::npos;
}

bool is_empty_object(std::string_view data) {
  return json::skip_space(data.data() + 1, data.data() + data.size()) ==
         data.data() + data.size() - 1;
}

// A member's name; its key may have escapes.
std::string name_of(std::string_view key, bool escaped) {
  return escaped ? plain({key.data() - 1, key.size() + 2}) : std::string(key);
}

// Any field of `key` that is there and not null.
bool has_key(std::string_view data, const std::vector<std::string>& key) {
  const char* end = data.data() + data.size();
  json::Members members(data.data(), end);
  while (members.next()) {
    const char* value = members.value();
    const auto name = name_of(members.key(), members.key_escaped());
    const bool of_key = std::find(key.begin(), key.end(), name) != key.end();
    if (of_key && *value != 'n') return true;
    members.take(json::value_end(value, end));
  }
  return false;
}

}  // namespace

RecordLines::RecordLines(std::vector<PumpStream> streams)
    : streams_(std::move(streams)), members_(streams_.size()) {}

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
  if (!to.key.empty() && !has_key(data, to.key)) {
    look.kind = Look::Kind::no_key;
    look.why = fmt::format("a record of stream '{}' has no value in its primary key ({})",
                           protocol::to_string(to.from), fmt::join(to.key, ", "));
  }
  return look;
}

Look RecordLines::look_at_envelope(std::string_view line) {
  Look look;
  if (!begins_like_record(line) && line.find("\"RECORD\"") == std::string_view::npos) return look;
  auto envelope = take_apart(line, look);
  if (!envelope) {
    if (look.kind == Look::Kind::other && begins_like_record(line)) {
      look.kind = Look::Kind::broken;
      look.why = "a line that begins like a RECORD does not parse";
    }
    return look;
  }
  if (envelope->ends_with_emitted_at && data_end_by_tail(line) != std::string_view::npos) {
    const auto begin = static_cast<std::size_t>(envelope->data.data() - line.data());
    std::erase_if(prefixes_, [&](const Prefix& old) { return old.stream == envelope->stream; });
    prefixes_.insert(prefixes_.begin(), Prefix{std::string(line.substr(0, begin)),
                                               mapped_head(line, *envelope), envelope->stream});
  }
  look = judged(envelope->data, envelope->stream);
  newest_ = std::move(envelope);
  return look;
}

std::optional<RecordLines::Envelope> RecordLines::take_apart(std::string_view line, Look& look) {
  const char* end = line.data() + line.size();
  const char* begin = json::skip_space(line.data(), end);
  if (begin == end || *begin != '{') return std::nullopt;
  std::string_view type;
  std::string_view body;
  json::Members members(begin, end);
  while (members.next()) {
    const char* value = members.value();
    const char* after = json::value_end(value, end);
    if (after != nullptr && members.key() == "type") type = between(value, after);
    if (after != nullptr && members.key() == "record") body = between(value, after);
    members.take(after);
  }
  if (members.object_end() == nullptr || type != "\"RECORD\"" || !body.starts_with('{')) {
    return std::nullopt;
  }
  Envelope envelope;
  bool emitted_at_behind_data = false;
  json::Members record(body.data(), body.data() + body.size());
  while (record.next()) {
    const char* value = record.value();
    const char* after = json::value_end(value, end);
    if (after == nullptr) return std::nullopt;
    if (record.key() == "stream" && *value == '"') envelope.name_value = between(value, after);
    if (record.key() == "namespace") envelope.namespace_value = between(value, after);
    if (record.key() == "data" && *value == '{') envelope.data = between(value, after);
    emitted_at_behind_data = record.key() == "emitted_at" && !envelope.data.empty();
    record.take(after);
  }
  if (envelope.name_value.empty() || envelope.data.empty()) return std::nullopt;
  protocol::StreamDescriptor named;
  named.name = plain(envelope.name_value);
  if (envelope.namespace_value.starts_with('"')) named.name_space = plain(envelope.namespace_value);
  auto stream = std::find_if(streams_.begin(), streams_.end(),
                             [&](const PumpStream& each) { return each.from == named; });
  if (stream == streams_.end()) {
    look.kind = Look::Kind::unknown_stream;
    look.why = fmt::format("a record of stream '{}', which is not in the catalog",
                           protocol::to_string(named));
    return std::nullopt;
  }
  envelope.stream = static_cast<std::uint32_t>(stream - streams_.begin());
  // Only then may the shape of a line's end tell where its data ends.
  envelope.ends_with_emitted_at = emitted_at_behind_data &&
                                  envelope.name_value.data() < envelope.data.data() &&
                                  envelope.namespace_value.data() < envelope.data.data();
  return envelope;
}

// What the destination shall read in the place of a value.
struct RecordLines::Edit {
  std::string_view value;
  enum class With { name, name_and_namespace, name_space, data } with;
};

// In the order of the line.
std::vector<RecordLines::Edit> RecordLines::edits_of(const Envelope& envelope) const {
  const bool adds_namespace =
      envelope.namespace_value.empty() && streams_[envelope.stream].to.name_space.has_value();
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
      if (names.fields) return write_chosen(edit.value, stream, out);
      out.append(edit.value);
      break;
  }
  return true;
}

// The line up to its data, with the destination's names.
std::string RecordLines::mapped_head(std::string_view line, const Envelope& envelope) {
  record::Buffer out;
  const char* at = line.data();
  for (const Edit& edit : edits_of(envelope)) {
    out.append(between(at, edit.value.data()));
    if (edit.with == Edit::With::data) break;
    write_edit(edit, envelope.stream, out);
    at = edit.value.data() + edit.value.size();
  }
  return std::string(out.view());
}

bool RecordLines::rewrite(std::string_view line, const Look& look, record::Buffer& out) {
  const char* at = line.data();
  bool good = true;
  if (newest_) {
    for (const Edit& edit : edits_of(*newest_)) {
      out.append(between(at, edit.value.data()));
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
  out.append(between(at, line.data() + line.size()));
  out.append('\n');
  return good;
}

bool RecordLines::is_chosen(std::string_view key, bool escaped, std::size_t place,
                            std::uint32_t stream) {
  auto& known = members_[stream];
  if (place < known.size() && known[place].key == key) return known[place].chosen;
  const bool chosen = streams_[stream].fields->contains(name_of(key, escaped));
  if (place == known.size() && place < kPlaces) known.emplace_back();
  if (place < known.size()) known[place] = {std::string(key), chosen};
  return chosen;
}

// Chosen members that stand side by side go out as the bytes they are, in one piece.
bool RecordLines::write_chosen(std::string_view data, std::uint32_t stream, record::Buffer& out) {
  const char* end = data.data() + data.size();
  json::Members members(data.data(), end);
  const char* begin = nullptr;  // of the piece that grows, if one does
  const char* piece_end = nullptr;
  bool first = true;
  auto write_piece = [&] {
    if (begin == nullptr) return;
    if (!std::exchange(first, false)) out.append(',');
    out.append(between(begin, piece_end));
    begin = nullptr;
  };
  out.append('{');
  for (std::size_t place = 0; members.next(); ++place) {
    const char* value_end = json::value_end(members.value(), end);
    members.take(value_end);
    if (is_chosen(members.key(), members.key_escaped(), place, stream)) {
      if (begin == nullptr) begin = members.key().data() - 1;  // its quote
      piece_end = value_end;
    } else {
      write_piece();
    }
    if (value_end == nullptr) return false;
  }
  write_piece();
  out.append('}');
  return members.object_end() == end;
}

}  // namespace wharf::replication

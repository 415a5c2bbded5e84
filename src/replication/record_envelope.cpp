#include "replication/record_envelope.h"

#include "record/json_scan.h"

namespace wharf::replication {
namespace {

namespace json = record::json;

// The body of a RECORD message; empty: it is none.
std::string_view record_body(std::string_view line) {
  const char* end = line.data() + line.size();
  const char* begin = json::skip_space(line.data(), end);
  if (begin == end || *begin != '{') return {};
  std::string_view type;
  std::string_view body;
  json::Members members(begin, end);
  while (members.next()) {
    const char* value = members.value();
    const char* after = json::value_end(value, end);
    if (after != nullptr && members.key() == "type") type = std::string_view(value, after);
    if (after != nullptr && members.key() == "record") body = std::string_view(value, after);
    members.take(after);
  }
  if (members.object_end() == nullptr || type != "\"RECORD\"" || !body.starts_with('{')) {
    return {};
  }
  return body;
}

}  // namespace

bool begins_like_record(std::string_view line) {
  std::string head;
  for (char c : line) {
    if (json::is_space(c)) continue;
    head += c;
    if (head.size() == 16) break;
  }
  return head.starts_with(R"({"type":"RECORD")") || head.starts_with(R"({"record":)");
}

std::string unquoted(std::string_view string) {
  const std::string_view inside = string.substr(1, string.size() - 2);
  std::string text(inside.size(), '\0');
  text.resize(static_cast<std::size_t>(json::unescape(inside, text.data()) - text.data()));
  return text;
}

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

protocol::StreamDescriptor RecordEnvelope::stream_name() const {
  protocol::StreamDescriptor named;
  named.name = unquoted(name_value);
  if (namespace_value.starts_with('"')) named.name_space = unquoted(namespace_value);
  return named;
}

std::optional<RecordEnvelope> take_apart(std::string_view line) {
  const std::string_view body = record_body(line);
  if (body.empty()) return std::nullopt;
  const char* end = body.data() + body.size();
  RecordEnvelope envelope;
  bool emitted_at_behind_data = false;
  json::Members record(body.data(), body.data() + body.size());
  while (record.next()) {
    const char* value = record.value();
    const char* after = json::value_end(value, end);
    if (after == nullptr) return std::nullopt;
    if (record.key() == "stream" && *value == '"')
      envelope.name_value = std::string_view(value, after);
    if (record.key() == "namespace") envelope.namespace_value = std::string_view(value, after);
    if (record.key() == "data" && *value == '{') envelope.data = std::string_view(value, after);
    emitted_at_behind_data = record.key() == "emitted_at" && !envelope.data.empty();
    record.take(after);
  }
  if (envelope.name_value.empty() || envelope.data.empty()) return std::nullopt;
  envelope.ends_with_emitted_at = emitted_at_behind_data &&
                                  envelope.name_value.data() < envelope.data.data() &&
                                  envelope.namespace_value.data() < envelope.data.data();
  return envelope;
}

}  // namespace wharf::replication

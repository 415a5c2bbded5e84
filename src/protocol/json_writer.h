#pragma once
// JSON objects written member by member, on one line.

#include <wharf/protocol/codec.h>
#include <wharf/protocol/json.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wharf::protocol {

/// Appends a JSON value as it is written. Text of several lines becomes one: its white space goes.
void append_json_text(std::string& out, std::string_view json);

/// Appends `12.0`: a count as Airbyte's platform insists on it.
void append_json_count(std::string& out, std::int64_t count);

/// Appends the shortest text that reads back as `value`, which is finite; always with a point or an
/// exponent.
void append_json_double(std::string& out, double value);

/// Writes one object into `out`, which it borrows: `{` when made, `}` when it ends. What is
/// optional and not there is left out.
class JsonObjectWriter {
 public:
  explicit JsonObjectWriter(std::string& out) : out_(out) { out_ += '{'; }
  ~JsonObjectWriter() { out_ += '}'; }
  JsonObjectWriter(const JsonObjectWriter&) = delete;
  JsonObjectWriter& operator=(const JsonObjectWriter&) = delete;

  /// Begins a member; its value is appended to what is returned.
  std::string& key(std::string_view name) {
    if (!first_) out_ += ',';
    first_ = false;
    append_json_string(out_, name);
    out_ += ':';
    return out_;
  }

  void string(std::string_view name, std::string_view value) {
    append_json_string(key(name), value);
  }
  void string(std::string_view name, const std::optional<std::string>& value) {
    if (value) string(name, std::string_view(*value));
  }
  void string_if_any(std::string_view name, std::string_view value) {
    if (!value.empty()) string(name, value);
  }
  void integer(std::string_view name, std::int64_t value) { key(name) += std::to_string(value); }
  void integer(std::string_view name, const std::optional<std::int64_t>& value) {
    if (value) integer(name, *value);
  }
  void count(std::string_view name, const std::optional<std::int64_t>& value) {
    if (value) append_json_count(key(name), *value);
  }
  void boolean(std::string_view name, bool value) { key(name) += value ? "true" : "false"; }
  void json(std::string_view name, std::string_view value) { append_json_text(key(name), value); }
  void json(std::string_view name, const std::optional<JsonText>& value) {
    if (value) json(name, std::string_view(*value));
  }
  /// A missing value is spelled out as null.
  void json_or_null(std::string_view name, const std::optional<JsonText>& value) {
    json(name, value ? std::string_view(*value) : "null");
  }
  void extra(const Extra& members) {
    for (const auto& [name, value] : members) json(name, std::string_view(value));
  }

 private:
  std::string& out_;
  bool first_ = true;
};

/// Appends an array of what `append_item(out, item)` writes.
template <class Items, class AppendItem>
void append_json_array(std::string& out, const Items& items, AppendItem append_item) {
  out += '[';
  bool first = true;
  for (const auto& item : items) {
    if (!first) out += ',';
    first = false;
    append_item(out, item);
  }
  out += ']';
}

}  // namespace wharf::protocol

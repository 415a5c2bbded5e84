#include <wharf/record/json_fields.h>
#include <wharf/record/text_form.h>

#include <algorithm>
#include <cstring>

#include "record/json_string.h"
#include "record/scalar_form.h"

namespace wharf::record {
namespace {

static_assert(kPlainStringRoom <= kScalarRoom);

// Most keys are shorter than this; a copy of so many bytes is two moves, and no call.
constexpr std::size_t kKeyStep = 32;

/// JSON text may be laid out over lines. Outside strings a space means the same as a line end, and
/// inside strings none can stand.
void append_json_on_one_line(Buffer& out, std::string_view json) {
  const std::size_t begin = out.size();
  out.append(json);
  char* at = out.data() + begin;
  for (char line_end : {'\n', '\r'}) {
    if (std::memchr(at, line_end, json.size()) == nullptr) continue;
    std::replace(at, at + json.size(), line_end, ' ');
  }
}

inline void append_text_value(Buffer& out, const Value& value) {
  switch (value.kind()) {
    case Kind::string:
      return append_json_string(out, value.as_text());
    case Kind::json:
      return append_json_on_one_line(out, value.as_text());
    default:
      return out.append(value.as_text());
  }
}

/// Null if it is not one that is written in one step.
inline char* write_plain_string(char* to, const Value& value) {
  return value.kind() == Kind::string ? write_plain_json_string(to, value.as_text()) : nullptr;
}

inline char* write_key(char* to, const std::string& key, std::size_t size) {
  if (size <= kKeyStep) {
    std::memcpy(to, key.data(), kKeyStep);
  } else {
    std::memcpy(to, key.data(), size);
  }
  return to + size;
}

}  // namespace

JsonFields::JsonFields(const Schema& schema, std::string_view before, std::string_view after)
    : after_(after), room_(after.size()) {
  for (std::uint32_t column : schema.declared()) {
    Buffer key;
    key.append(fields_.empty() ? before : ",");
    append_json_string(key, schema[column].name);
    key.append(':');
    fields_.push_back({column, key.size(), std::string(key.view())});
    fields_.back().key.resize(std::max(key.size(), kKeyStep));
    room_ += fields_.back().key.size() + kScalarRoom;
  }
}

void JsonFields::append(std::span<const Value> row, Buffer& out) const {
  char* to = out.room(room_);
  for (const Field& field : fields_) {
    to = write_key(to, field.key, field.size);
    const Value& value = row[field.column];
    if (!value.is_text()) {
      to = write_json_scalar(to, value);
    } else if (char* end = write_plain_string(to, value)) {
      to = end;
    } else {
      out.advance(to);
      append_text_value(out, value);
      to = out.room(room_);
    }
  }
  for (char c : after_) *to++ = c;
  out.advance(to);
}

}  // namespace wharf::record

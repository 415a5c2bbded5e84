#include "record/json_envelope.h"

#include <wharf/record/text_form.h>

#include "record/json_scan.h"

namespace wharf::record::json {
namespace {

std::string_view between(const char* from, const char* to) {
  return {from, static_cast<std::size_t>(to - from)};
}

/// Reads a value that should be a string; anything else is skipped and leaves `out` as it is.
const char* take_string(const char* at, const char* end, RawString& out) {
  if (*at != '"') return value_end(at, end);
  bool escaped = false;
  const char* quote = string_end(at + 1, end, escaped);
  if (quote == nullptr) return nullptr;
  out = {between(at + 1, quote), escaped};
  return quote + 1;
}

const char* take_millis(const char* at, const char* end, std::int64_t& out) {
  const char* to = value_end(at, end);
  Value number;
  if (to == nullptr || !parse_number(between(at, to), number)) return to;
  if (number.kind() == Kind::integer) out = number.as_integer();
  bool whole =
      number.kind() == Kind::number && number.as_number() > -9e18 && number.as_number() < 9e18;
  if (whole) out = static_cast<std::int64_t>(number.as_number());
  return to;
}

const char* take_object(const char* at, const char* end, std::string_view& out) {
  const char* to = value_end(at, end);
  if (to != nullptr && *at == '{') out = between(at, to);
  return to;
}

bool has_members(std::string_view object) {
  const char* end = object.data() + object.size();
  return !object.empty() && *skip_space(object.data() + 1, end) != '}';
}

/// The members of `record`; the end of the object.
const char* read_record(const char* at, const char* end, Envelope& out) {
  bool statistics = false;
  Members members(at, end);
  while (members.next()) {
    std::string_view key = members.key();
    const char* value = members.value();
    const char* to = nullptr;
    if (key == "data") {
      to = take_object(value, end, out.data);
    } else if (key == "stream") {
      to = take_string(value, end, out.stream);
    } else if (key == "namespace") {
      to = take_string(value, end, out.name_space);
    } else if (key == "emitted_at") {
      to = take_millis(value, end, out.emitted_at);
    } else if (key == "partition_id") {
      to = take_string(value, end, out.partition);
    } else if (key == "meta") {
      to = take_object(value, end, out.meta);
    } else {
      statistics |= key == "isDummyStatsMessage" && *value == 't';
      to = value_end(value, end);
    }
    members.take(to);
  }
  bool whole = !statistics && !out.stream.inside.empty() && has_members(out.data);
  out.kind = whole ? Envelope::Kind::record : Envelope::Kind::nothing;
  return members.object_end();
}

}  // namespace

Envelope read_envelope(std::string_view line) {
  Envelope envelope;
  const char* end = line.data() + line.size();
  const char* at = skip_space(line.data(), end);
  if (at == end || *at != '{') return envelope;
  RawString type;
  bool record_seen = false;
  Members members(at, end);
  while (members.next()) {
    const char* value = members.value();
    if (members.key() == "type") {
      members.take(take_string(value, end, type));
      bool other = !type.inside.empty() && type.inside != "RECORD";
      if (other) return Envelope{};
    } else if (members.key() == "record" && *value == '{') {
      record_seen = true;
      members.take(read_record(value, end, envelope));
    } else {
      members.take(value_end(value, end));
    }
  }
  bool is_record = type.inside == "RECORD";
  if (members.object_end() == nullptr) {
    envelope.kind = is_record || record_seen ? Envelope::Kind::broken : Envelope::Kind::other;
  } else if (!is_record || !record_seen) {
    envelope.kind = Envelope::Kind::other;
  }
  return envelope;
}

}  // namespace wharf::record::json

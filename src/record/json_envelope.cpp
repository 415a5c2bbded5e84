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
      if (to != nullptr) out.emitted_at_text = between(value, to);
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

bool has_members(std::string_view object) {
  const char* end = object.data() + object.size();
  if (object.empty()) return false;
  const char* first = skip_space(object.data() + 1, end);
  return first != end && *first != '}';
}

bool KnownLine::matches(std::string_view line, Parts& out) const {
  if (head_.empty() || !line.starts_with(head_) || !line.ends_with(tail_)) return false;
  if (line.size() < head_.size() + tail_.size()) return false;
  std::string_view rest = line.substr(head_.size(), line.size() - head_.size() - tail_.size());
  std::size_t digits = 0;
  std::int64_t scale = 1;
  out.emitted_at = 0;
  while (digits < rest.size() && digits < 18) {
    char c = rest[rest.size() - 1 - digits];
    if (c < '0' || c > '9') break;
    out.emitted_at += scale * (c - '0');
    scale *= 10;
    ++digits;
  }
  rest.remove_suffix(digits);
  if (digits == 0 || !rest.ends_with(middle_)) return false;
  out.data = rest.substr(0, rest.size() - middle_.size());
  return out.data.size() > 2 && out.data.front() == '{' && out.data.back() == '}' &&
         has_members(out.data);
}

void KnownLine::learn(std::string_view line, const Envelope& envelope) {
  head_.clear();
  const char* data_end = envelope.data.data() + envelope.data.size();
  std::string_view digits = envelope.emitted_at_text;
  bool in_shape = envelope.meta.empty() && !digits.empty() && digits.data() > data_end &&
                  digits.find_first_not_of("0123456789") == std::string_view::npos;
  if (!in_shape) return;
  head_.assign(line.data(), envelope.data.data());
  middle_.assign(data_end, digits.data());
  tail_.assign(digits.data() + digits.size(), line.data() + line.size());
}

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

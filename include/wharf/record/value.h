#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace wharf::record {

/// What a value is, on its way. The wire knows the same kinds (data-plane 3.3).
enum class Kind : std::uint8_t {
  null,
  boolean,
  string,        ///< UTF-8 text
  integer,       ///< fits a signed 64-bit integer
  big_integer,   ///< decimal digits as text, maybe with a sign
  number,        ///< a double that comes back with the same decimal digits (19.99 does)
  big_decimal,   ///< a decimal as text: plain or with an exponent, a JSON number either way
  date,          ///< days since 1970-01-01
  time_tz,       ///< nanoseconds of the day, and an offset
  time,          ///< nanoseconds of the day
  timestamp_tz,  ///< instant: epoch second and nanosecond, and the offset it was written with
  timestamp,     ///< wall clock: the same fields, without a zone
  json,          ///< JSON text: objects, arrays, and anything without a narrower type
};

/// One typed value: 16 bytes, trivially copied. Text is a view into memory that the batch holds
/// or keeps alive (RecordBatch).
class Value {
 public:
  Value() = default;

  static Value null() { return {}; }
  static Value boolean(bool b) { return Value(Kind::boolean, b ? 1 : 0); }
  static Value integer(std::int64_t i) { return Value(Kind::integer, i); }
  static Value number(double d) {
    std::int64_t bits;
    std::memcpy(&bits, &d, sizeof bits);
    return Value(Kind::number, bits);
  }
  /// `kind`: string, big_integer, big_decimal or json. The text must outlive the batch's use, and
  /// is shorter than 4 GiB.
  static Value text(Kind kind, std::string_view text) {
    Value value(kind, 0);
    value.text_ = text.data();
    value.aux_ = static_cast<std::uint32_t>(text.size());
    return value;
  }
  static Value string(std::string_view s) { return text(Kind::string, s); }
  static Value json(std::string_view s) { return text(Kind::json, s); }
  static Value date(std::int64_t days) { return Value(Kind::date, days); }
  static Value time(std::int64_t nanos_of_day) { return Value(Kind::time, nanos_of_day); }
  static Value time_tz(std::int64_t nanos_of_day, std::int32_t offset_seconds) {
    Value value(Kind::time_tz, nanos_of_day);
    value.set_offset(offset_seconds);
    return value;
  }
  /// Wall clock as if it were UTC: seconds since 1970-01-01T00:00:00 and nanoseconds.
  static Value timestamp(std::int64_t second, std::uint32_t nanos) {
    Value value(Kind::timestamp, second);
    value.aux_ = nanos;
    return value;
  }
  static Value timestamp_tz(std::int64_t epoch_second, std::uint32_t nanos,
                            std::int32_t offset_seconds) {
    Value value(Kind::timestamp_tz, epoch_second);
    value.aux_ = nanos;
    value.set_offset(offset_seconds);
    return value;
  }

  Kind kind() const { return kind_; }
  bool is_null() const { return kind_ == Kind::null; }
  bool is_text() const {
    return kind_ == Kind::string || kind_ == Kind::big_integer || kind_ == Kind::big_decimal ||
           kind_ == Kind::json;
  }
  bool as_bool() const { return integer_ != 0; }
  std::int64_t as_integer() const { return integer_; }
  double as_number() const {
    double d;
    std::memcpy(&d, &integer_, sizeof d);
    return d;
  }
  std::string_view as_text() const { return {text_, aux_}; }
  std::int64_t days() const { return integer_; }
  std::int64_t nanos_of_day() const { return integer_; }
  std::int64_t second() const { return integer_; }
  std::uint32_t nanos() const { return aux_; }
  std::int32_t offset_seconds() const { return offset_half_ * 2 + offset_odd_; }

 private:
  Value(Kind kind, std::int64_t integer) : kind_(kind), integer_(integer) {}
  void set_offset(std::int32_t seconds) {  // ±18 h in seconds do not fit 16 bits; halves do
    offset_odd_ = static_cast<std::uint8_t>(seconds & 1);
    offset_half_ = static_cast<std::int16_t>((seconds - offset_odd_) / 2);
  }

  Kind kind_ = Kind::null;
  std::uint8_t offset_odd_ = 0;
  std::int16_t offset_half_ = 0;
  std::uint32_t aux_ = 0;  // length of a text, or nanoseconds of a timestamp
  union {
    std::int64_t integer_ = 0;
    const char* text_;
  };
};

static_assert(sizeof(Value) == 16);

}  // namespace wharf::record

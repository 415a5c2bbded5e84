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
    Value value(kind, 0, static_cast<std::uint32_t>(text.size()));
    value.text_ = text.data();
    return value;
  }
  static Value string(std::string_view s) { return text(Kind::string, s); }
  static Value json(std::string_view s) { return text(Kind::json, s); }
  static Value date(std::int64_t days) { return Value(Kind::date, days); }
  static Value time(std::int64_t nanos_of_day) { return Value(Kind::time, nanos_of_day); }
  static Value time_tz(std::int64_t nanos_of_day, std::int32_t offset_seconds) {
    return Value(Kind::time_tz, nanos_of_day, 0, offset_seconds);
  }
  /// Wall clock as if it were UTC: seconds since 1970-01-01T00:00:00 and nanoseconds.
  static Value timestamp(std::int64_t second, std::uint32_t nanos) {
    return Value(Kind::timestamp, second, nanos);
  }
  static Value timestamp_tz(std::int64_t epoch_second, std::uint32_t nanos,
                            std::int32_t offset_seconds) {
    return Value(Kind::timestamp_tz, epoch_second, nanos, offset_seconds);
  }

  Kind kind() const { return static_cast<Kind>(head_ & 0xFF); }
  bool is_null() const { return kind() == Kind::null; }
  bool is_text() const {
    constexpr unsigned kTexts =
        1U << static_cast<unsigned>(Kind::string) | 1U << static_cast<unsigned>(Kind::big_integer) |
        1U << static_cast<unsigned>(Kind::big_decimal) | 1U << static_cast<unsigned>(Kind::json);
    return (kTexts >> static_cast<unsigned>(kind()) & 1) != 0;
  }
  bool as_bool() const { return integer_ != 0; }
  std::int64_t as_integer() const { return integer_; }
  double as_number() const {
    double d;
    std::memcpy(&d, &integer_, sizeof d);
    return d;
  }
  std::string_view as_text() const { return {text_, aux()}; }
  std::int64_t days() const { return integer_; }
  std::int64_t nanos_of_day() const { return integer_; }
  std::int64_t second() const { return integer_; }
  std::uint32_t nanos() const { return aux(); }
  std::int32_t offset_seconds() const { return static_cast<std::int32_t>(head_) >> 8; }

 private:
  Value(Kind kind, std::int64_t integer, std::uint32_t aux = 0, std::int32_t offset_seconds = 0)
      : head_(static_cast<std::uint64_t>(aux) << 32 |
              static_cast<std::uint32_t>(offset_seconds) << 8 | static_cast<std::uint64_t>(kind)),
        integer_(integer) {}
  std::uint32_t aux() const { return static_cast<std::uint32_t>(head_ >> 32); }

  // Written as one word: the kind in its lowest byte, above it 24 bits of an offset in seconds, and
  // 32 bits of a text's length or of a timestamp's nanoseconds.
  std::uint64_t head_ = 0;
  union {
    std::int64_t integer_ = 0;
    const char* text_;
  };
};

static_assert(sizeof(Value) == 16);

}  // namespace wharf::record

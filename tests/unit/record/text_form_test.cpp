#include <wharf/record/text_form.h>

#include <catch2/catch.hpp>
#include <charconv>
#include <cmath>
#include <iostream>
#include <nlohmann/json.hpp>
#include <random>
#include <string>

using namespace wharf::record;

namespace {

std::string text(const Value& value) {
  Buffer out;
  append_text(out, value);
  return std::string(out.view());
}

std::string json(const Value& value) {
  Buffer out;
  append_json(out, value);
  return std::string(out.view());
}

std::string json_string(std::string_view plain) {
  Buffer out;
  append_json_string(out, plain);
  return std::string(out.view());
}

Value number(std::string_view digits) {
  Value value;
  REQUIRE(parse_number(digits, value));
  return value;
}

}  // namespace

TEST_CASE("a number takes the narrowest kind that holds its digits (F-03, F-04)") {
  CHECK(number("0").as_integer() == 0);
  CHECK(number("-7").as_integer() == -7);
  CHECK(number("9223372036854775807").as_integer() == INT64_MAX);
  CHECK(number("-9223372036854775808").as_integer() == INT64_MIN);
  for (std::string_view big :
       {"9223372036854775808", "9223372036854775809", "-9223372036854775809",
        "18446744073709551616", "99999999999999999999999999999999999999999"}) {
    CAPTURE(big);
    CHECK(number(big).kind() == Kind::big_integer);
    CHECK(number(big).as_text() == big);
  }
  for (std::string_view exact :
       {"19.99", "0.1", "1.5", "-0.001", "1e300", "5e-324", "0.30000000000000004",
        "1.7976931348623157e308", "123456789012345.6"}) {
    CAPTURE(exact);
    CHECK(number(exact).kind() == Kind::number);
  }
  for (std::string_view big : {"1e400", "-1e-400", "0.1234567890123456789012345678901234567890",
                               "9007199254740993.5", "0.1000000000000000055511151231257827"}) {
    CAPTURE(big);
    CHECK(number(big).kind() == Kind::big_decimal);
    CHECK(number(big).as_text() == big);
  }
  CHECK(number("-0.0").kind() == Kind::number);
  CHECK(std::signbit(number("-0.0").as_number()));
  CHECK(text(number("-0.0")) == "-0.0");
  CHECK(number("0e999999").as_number() == 0);
}

TEST_CASE("what is no JSON number is none") {
  Value value;
  for (std::string_view wrong :
       {"",    "-",  "+1", "01",  "-01",      "1.",  ".5",  "1e",    "1e+",   "1.e5",
        "0x1", "1 ", " 1", "NaN", "Infinity", "1,5", "--1", "1.2.3", "1e5.0", "abc"}) {
    CAPTURE(wrong);
    CHECK_FALSE(parse_number(wrong, value));
  }
}

TEST_CASE("an exponent beyond 10,000 is out of range, also one of many digits (F-04)") {
  CHECK_FALSE(exponent_out_of_range("1e10000"));
  CHECK_FALSE(exponent_out_of_range("1E-10000"));
  CHECK(exponent_out_of_range("1e10001"));
  CHECK(exponent_out_of_range("1E-10001"));
  CHECK(exponent_out_of_range("1e99999999999999999999999999"));
  CHECK_FALSE(exponent_out_of_range("123.456"));
}

TEST_CASE("doubles are written as short as can be, and come back") {
  std::mt19937_64 random(20241122);
  auto check = [](double d) {
    std::string ours = text(Value::number(d));
    Value back;
    bool same = parse_number(ours, back);
    double again =
        back.kind() == Kind::integer ? static_cast<double>(back.as_integer()) : back.as_number();
    same = same && (back.kind() == Kind::number || back.kind() == Kind::integer) &&
           std::memcmp(&again, &d, sizeof d) == 0;
    char shortest[64];
    auto end =
        std::to_chars(shortest, shortest + sizeof shortest, d, std::chars_format::scientific).ptr;
    auto significant = [](std::string_view s) {
      std::string digits;
      for (char c : s.substr(0, s.find_first_of("eE"))) {
        if (c >= '0' && c <= '9' && (c != '0' || !digits.empty())) digits += c;
      }
      while (!digits.empty() && digits.back() == '0') digits.pop_back();
      return digits;
    };
    same = same &&
           significant(ours) == significant({shortest, static_cast<std::size_t>(end - shortest)});
    if (!same) FAIL("double " << ours << " is not " << std::string(shortest, end));
  };
  for (int i = 0; i < 500'000; ++i) {
    std::uint64_t bits = random();
    double d;
    std::memcpy(&d, &bits, sizeof d);
    if (std::isfinite(d) && std::abs(d) >= 1e15) check(d);
    check(static_cast<double>(static_cast<std::int64_t>(random() % 2'000'000'000) - 1'000'000'000) /
          100);
    check(static_cast<double>(random() % 1'000'000'007) / 1e9);
    check(static_cast<double>(random()) / static_cast<double>(UINT64_MAX));
  }
  for (double d : {0.0,
                   1.0,
                   0.1,
                   19.99,
                   1e14,
                   999999999999999.0,
                   1e15,
                   1e16,
                   1e22,
                   1e23,
                   5e-324,
                   2.2250738585072014e-308,
                   1.7976931348623157e308,
                   123456.789,
                   1e-7,
                   0.001,
                   100000.0,
                   0.5,
                   2.5,
                   1.0 / 3}) {
    check(d);
    check(-d == 0 ? 1.0 : -d);
  }
  CHECK(text(Value::number(19.99)) == "19.99");
  CHECK(text(Value::number(20)) == "20");
  CHECK(text(Value::number(0.05)) == "0.05");
  CHECK(text(Value::number(100000)) == "100000");
  CHECK(text(Value::number(-0.5)) == "-0.5");
  CHECK(json(Value::number(NAN)) == "null");
}

TEST_CASE("integers are written whole") {
  for (std::int64_t i :
       {std::int64_t{0}, std::int64_t{9}, std::int64_t{10}, std::int64_t{99}, std::int64_t{100},
        std::int64_t{12345}, std::int64_t{-1}, INT64_MAX, INT64_MIN}) {
    CHECK(text(Value::integer(i)) == std::to_string(i));
  }
}

TEST_CASE("dates and times are read in all their forms, and written as ISO 8601") {
  struct Case {
    bool (*parse)(std::string_view, Value&);
    std::string_view from, to;  // to: empty if it does not fit
  };
  const Case cases[] = {
      {parse_date, "2024-01-31", "2024-01-31"},
      {parse_date, "2024/01/31", "2024-01-31"},
      {parse_date, "2024.01.31", "2024-01-31"},
      {parse_date, "2024 01 31", "2024-01-31"},
      {parse_date, "20240131", "2024-01-31"},
      {parse_date, "2024-1-3", "2024-01-03"},
      {parse_date, "2024-02-29", "2024-02-29"},
      {parse_date, "2000-02-29", "2000-02-29"},
      {parse_date, "1970-01-01", "1970-01-01"},
      {parse_date, "0001-01-01", "0001-01-01"},
      {parse_date, "0044-03-15 BC", "0044-03-15 BC"},
      {parse_date, "0001-12-31 BC", "0001-12-31 BC"},
      {parse_date, "0000-12-31", "0001-12-31 BC"},
      {parse_date, "-0043-03-15", "0044-03-15 BC"},
      {parse_date, "12345-01-31", "+12345-01-31"},
      {parse_date, "+12345-01-31", "+12345-01-31"},
      {parse_date, "0005-02-29 BC", "0005-02-29 BC"},
      {parse_date, "0004-02-29 BC", ""},
      {parse_date, "2023-02-29", ""},
      {parse_date, "1900-02-29", ""},
      {parse_date, "2024-13-01", ""},
      {parse_date, "2024-00-01", ""},
      {parse_date, "2024-01-32", ""},
      {parse_date, "2024-01-00", ""},
      {parse_date, "2024-01/31", ""},
      {parse_date, "24-01-31", ""},
      {parse_date, "2024-01-31T00:00:00", ""},
      {parse_date, "0000-01-01 BC", ""},
      {parse_date, "9999999999-01-01", ""},
      {parse_date, "2024-01-31 ", ""},
      {parse_date, "", ""},
      {parse_time, "10:11:12", "10:11:12"},
      {parse_time, "10:11", "10:11:00"},
      {parse_time, "10:11:12.5", "10:11:12.5"},
      {parse_time, "10:11:12.123456789987", "10:11:12.123456789"},
      {parse_time, "10:11:12.000", "10:11:12"},
      {parse_time, "10:11:12+02:00", "10:11:12"},
      {parse_time, "24:00:00", ""},
      {parse_time, "10:60:00", ""},
      {parse_time, "10:00:60", ""},
      {parse_time, "10:00:00.", ""},
      {parse_time, "1:00:00", ""},
      {parse_time_tz, "10:11:12", "10:11:12Z"},
      {parse_time_tz, "10:11:12Z", "10:11:12Z"},
      {parse_time_tz, "10:11:12.25+0530", "10:11:12.25+05:30"},
      {parse_time_tz, "10:11:12-08", "10:11:12-08:00"},
      {parse_time_tz, "10:11:12-8:00", "10:11:12-08:00"},
      {parse_time_tz, "10:11:12+18:00", "10:11:12+18:00"},
      {parse_time_tz, "10:11:12+18:01", ""},
      {parse_time_tz, "10:11:12+01:60", ""},
      {parse_timestamp, "2024-01-31T10:11:12", "2024-01-31T10:11:12"},
      {parse_timestamp, "2024-01-31 10:11:12.75", "2024-01-31T10:11:12.75"},
      {parse_timestamp, "2024-01-31T10:11:12+05:00", "2024-01-31T10:11:12"},
      {parse_timestamp, "0044-03-15T12:00:00 BC", "0044-03-15T12:00:00 BC"},
      {parse_timestamp, "1969-12-31T23:59:59.999999999", "1969-12-31T23:59:59.999999999"},
      {parse_timestamp, "2024-01-31", ""},
      {parse_timestamp, "1706695872", ""},
      {parse_timestamp_tz, "2022-11-22T01:23:45.678+05:00", "2022-11-22T01:23:45.678+05:00"},
      {parse_timestamp_tz, "2022-11-22T01:23:45Z", "2022-11-22T01:23:45Z"},
      {parse_timestamp_tz, "2022-11-22T01:23:45", "2022-11-22T01:23:45Z"},
      {parse_timestamp_tz, "2022-11-22 01:23:45 +0100", "2022-11-22T01:23:45+01:00"},
      {parse_timestamp_tz, "2022-11-22 01:23:45 UTC", "2022-11-22T01:23:45Z"},
      {parse_timestamp_tz, "2022/11/22 01:23:45-03:30", "2022-11-22T01:23:45-03:30"},
      {parse_timestamp_tz, "2022-11-22T01:23:45+01:00:30", "2022-11-22T01:23:45+01:00:30"},
      {parse_timestamp_tz, "2022-11-22T01:23:45-00:00:01", "2022-11-22T01:23:45-00:00:01"},
      {parse_timestamp_tz, "0044-03-15T12:00:00Z BC", "0044-03-15T12:00:00Z BC"},
      {parse_timestamp_tz, "+10000-01-01T00:00:00Z", "+10000-01-01T00:00:00Z"},
      {parse_timestamp_tz, "2022-11-22T01:23:45X", ""},
      {parse_timestamp_tz, "2022-11-22T01:23:45+", ""},
      {parse_timestamp_tz, "2022-11-22T25:23:45Z", ""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.from);
    Value value;
    bool fits = c.parse(c.from, value);
    CHECK(fits == !c.to.empty());
    if (fits) CHECK(text(value) == c.to);
  }
}

TEST_CASE("every day of 1,200 years is the day after the one before") {
  Value before;
  REQUIRE(parse_date("1499-12-31", before));
  Buffer out;
  for (std::int64_t day = before.days() + 1; day < before.days() + 438'291; ++day) {
    out.clear();
    append_text(out, Value::date(day));
    Value back;
    if (!parse_date(out.view(), back) || back.days() != day) FAIL("day " << day);
  }
}

TEST_CASE("a timestamp in UTC says the same instant") {
  Buffer out;
  append_text_utc(out, Value::timestamp_tz(1700000000, 500000000, 3600));
  CHECK(out.view() == "2023-11-14T22:13:20.5Z");
  CHECK(text(Value::timestamp_tz(1700000000, 500000000, 3600)) == "2023-11-14T23:13:20.5+01:00");
  CHECK(text(Value::timestamp_tz(-1, 1, -1)) == "1969-12-31T23:59:58.000000001-00:00:01");
}

TEST_CASE("milliseconds are written with three digits, also before 1970") {
  auto iso = [](std::int64_t millis) {
    Buffer out;
    append_iso_millis(out, millis);
    return std::string(out.view());
  };
  CHECK(iso(0) == "1970-01-01T00:00:00.000Z");
  CHECK(iso(1706695200123) == "2024-01-31T10:00:00.123Z");
  CHECK(iso(-1) == "1969-12-31T23:59:59.999Z");
}

TEST_CASE("JSON strings come back from another reader, whatever their bytes and length") {
  CHECK(json_string("") == "\"\"");
  CHECK(json_string("a\"b\\c\n\r\t\b\f\x01\x7f") == "\"a\\\"b\\\\c\\n\\r\\t\\b\\f\\u0001\x7f\"");
  CHECK(json_string("Zürich €") == "\"Zürich €\"");
  CHECK(json_string("a\xff z") == "\"a\xEF\xBF\xBD z\"");
  CHECK(json_string("\xed\xa0\x80") == "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
  std::mt19937_64 random(7);
  const std::string pieces[] = {
      "a", "b", " ", "\"", "\\", "\n", std::string(1, '\0'), "é", "€", "😀", "0123456789abcdef"};
  for (int i = 0; i < 20'000; ++i) {
    std::string plain;
    std::size_t count = random() % 40;
    for (std::size_t k = 0; k < count; ++k) plain += pieces[random() % std::size(pieces)];
    std::string ours = json_string(plain);
    if (nlohmann::json::parse(ours).get<std::string>() != plain) FAIL("seed 7, round " << i);
  }
  std::string long_text(200'000, '\n');
  CHECK(nlohmann::json::parse(json_string(long_text)).get<std::string>() == long_text);
}

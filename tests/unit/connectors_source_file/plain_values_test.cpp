#include <wharf/record/text_form.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdio>
#include <memory>
#include <random>
#include <string>

#include "connectors/source_file/plain_numbers.h"
#include "connectors/source_file/plain_times.h"
#include "connectors/source_file/words.h"

using namespace wharf::connectors::source_file;
using wharf::record::Kind;
using wharf::record::Value;

namespace {

/// A text in memory of its own size, so that reading beyond it shows.
std::string_view alone(const std::string& text, std::unique_ptr<char[]>& memory) {
  memory = std::make_unique<char[]>(text.size());
  std::copy(text.begin(), text.end(), memory.get());
  return {memory.get(), text.size()};
}

/// A text with as much behind it as numbers may be read ahead, and no more: digits, which must not
/// count.
std::string_view ahead(const std::string& text, std::unique_ptr<char[]>& memory) {
  const std::size_t size = std::max(text.size(), kAhead);
  memory = std::make_unique<char[]>(size);
  std::fill_n(memory.get(), size, '7');
  std::copy(text.begin(), text.end(), memory.get());
  return {memory.get(), text.size()};
}

std::string random_text(std::mt19937& random, std::string_view pieces, std::size_t most) {
  std::string text;
  for (auto left = 1 + random() % most; left != 0; --left) {
    text.push_back(pieces[random() % pieces.size()]);
  }
  return text;
}

bool same(const Value& a, const Value& b) {
  return a.kind() == b.kind() && a.as_integer() == b.as_integer() && a.nanos() == b.nanos() &&
         a.offset_seconds() == b.offset_seconds();
}

/// `2024-02-29T23:59:60` and the like: often right, and often nearly.
std::string nearly_timestamp(std::mt19937& random) {
  const auto below = [&](unsigned limit) { return static_cast<unsigned>(random()) % limit; };
  char text[32];
  std::snprintf(text, sizeof text, "%04u-%02u-%02uT%02u:%02u:%02u", below(10000), below(13),
                below(32), below(25), below(61), below(61));
  std::string out = text;
  if (below(3) == 0) out[below(19)] = "09:-TZ. x/"[below(10)];
  if (below(3) == 0) out += "." + random_text(random, "0123456789", 10);
  if (below(20) == 0) out.pop_back();
  return out;
}

}  // namespace

TEST_CASE("a plain integer is what the exact road makes of it") {
  std::mt19937 random(1);
  std::unique_ptr<char[]> memory;
  int plain = 0;
  for (int round = 0; round < 50000; ++round) {
    const std::string text =
        random_text(random, "0123456789012345678901234567890123456789-./:", 21);
    const Value value = plain_integer(ahead(text, memory));
    if (value.is_null()) continue;
    ++plain;
    Value exact;
    INFO(text);
    REQUIRE(wharf::record::parse_number(text, exact));
    REQUIRE(same(value, exact));
  }
  CHECK(plain > 10000);
  CHECK(plain_integer(ahead("999999999999999999", memory)).as_integer() == 999999999999999999);
  CHECK(plain_integer(ahead("-12345678", memory)).as_integer() == -12345678);
  for (const char* text :
       {"-", "01", "1.0", "1000000000000000000", "+1", "1 ", "1234567a", "12345678a"}) {
    INFO(text);
    CHECK(plain_integer(ahead(text, memory)).is_null());
  }
}

TEST_CASE("a plain decimal is the double that the exact road makes of it") {
  std::mt19937 random(2);
  std::unique_ptr<char[]> memory;
  int plain = 0;
  for (int round = 0; round < 100000; ++round) {
    const std::string text = random_text(random, "01234567890123456789.-", 18);
    const Value value = plain_decimal(ahead(text, memory));
    if (value.is_null()) continue;
    ++plain;
    INFO(text);
    REQUIRE(value.kind() == Kind::number);
    REQUIRE(value.as_number() == std::stod(text));
  }
  CHECK(plain > 10000);
  CHECK(plain_decimal(ahead("4140.03", memory)).as_number() == 4140.03);
  CHECK(plain_decimal(ahead("0.123456789012345", memory)).is_null());  // 16 digits
  CHECK(plain_decimal(ahead("0.12345678901234", memory)).as_number() == 0.12345678901234);
  for (const char* text : {"-0", "-0.0", ".5", "5.", "1..2", "1.2.3", "00.5", "1e5", "-", ".",
                           "1234567.", ".1234567", "1.23456.", "12345 67", "1.2.3456"}) {
    INFO(text);
    CHECK(plain_decimal(ahead(text, memory)).is_null());
  }
}

TEST_CASE("a plain timestamp or date is what the exact road makes of it") {
  std::mt19937 random(3);
  std::unique_ptr<char[]> memory;
  int plain = 0;
  for (int round = 0; round < 200000; ++round) {
    const std::string text = nearly_timestamp(random);
    INFO(text);
    Value exact;
    const Value wall = plain_timestamp(alone(text, memory));
    if (!wall.is_null()) {
      ++plain;
      REQUIRE(wharf::record::parse_timestamp(text, exact));
      REQUIRE(same(wall, exact));
    }
    const Value instant = plain_timestamp_tz(alone(text + "Z", memory));
    REQUIRE(instant.is_null() == wall.is_null());
    if (!instant.is_null()) {
      REQUIRE(wharf::record::parse_timestamp_tz(text + "Z", exact));
      REQUIRE(same(instant, exact));
    }
    const Value day = plain_date(alone(text.substr(0, 10), memory));
    if (!day.is_null()) {
      REQUIRE(wharf::record::parse_date(text.substr(0, 10), exact));
      REQUIRE(same(day, exact));
    }
  }
  CHECK(plain > 50000);
}

TEST_CASE("every day of four centuries is plain, and only those") {
  std::int64_t days = -135140;  // of 1600-01-01
  for (int year = 1600; year < 2000; ++year) {
    for (int month = 1; month <= 12; ++month) {
      for (int day = 1; day <= 31; ++day) {
        char text[16];
        std::snprintf(text, sizeof text, "%04d-%02d-%02d", year, month, day);
        const Value value = plain_date(text);
        Value exact;
        const bool is_day = wharf::record::parse_date(text, exact);
        INFO(text);
        REQUIRE(value.is_null() != is_day);
        if (is_day) REQUIRE(value.days() == days++);
      }
    }
  }
}

TEST_CASE("words are known in any case, short and long") {
  const Words words({"y", "yes", "true", "enabled", "activated", "on"});
  std::unique_ptr<char[]> memory;
  for (const char* text : {"y", "Y", "YES", "yEs", "True", "ENABLED", "Activated", "oN"}) {
    INFO(text);
    CHECK(words.holds(alone(text, memory)));
  }
  for (const char* text :
       {"n", "ye", "yess", "tru", "enable", "enabledx", "activate", "\x19", "[ES"}) {
    INFO(text);
    CHECK(!words.holds(alone(text, memory)));
  }
  CHECK(!words.holds(""));
  CHECK(!words.holds(std::string_view("y\0", 2)));
}

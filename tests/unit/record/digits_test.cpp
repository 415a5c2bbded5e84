#include "record/digits.h"

#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <vector>

#include "record/civil.h"

using namespace wharf::record;

namespace {

std::string written(std::uint64_t value) {
  std::vector<char> room(20);  // no more than is asked for
  return {room.data(), write_unsigned(room.data(), value)};
}

}  // namespace

TEST_CASE("whole numbers of every length are written as the library does") {
  std::mt19937_64 random(20241124);
  for (std::uint64_t power = 1;; power *= 10) {
    for (std::uint64_t value : {power - 1, power, power + 1, power * 9 / 10}) {
      CHECK(written(value) == std::to_string(value));
    }
    if (power > UINT64_MAX / 10) break;
  }
  CHECK(written(UINT64_MAX) == "18446744073709551615");
  for (int round = 0; round < 500'000; ++round) {
    const std::uint64_t value = random() >> (random() % 64);
    if (written(value) != std::to_string(value)) FAIL(value);
  }
}

TEST_CASE("days of all years become a date and come back, as far as a date may be") {
  auto check = [](std::int64_t days) {
    const CivilDate date = civil_from_days(days);
    const bool is_one = date.month >= 1 && date.month <= 12 && date.day >= 1 &&
                        date.day <= days_of_month(date.year, date.month);
    if (!is_one || days_from_civil(date.year, date.month, date.day) != days) FAIL("day " << days);
  };
  constexpr std::int64_t kEdge = (1 << 30) - 719'468;  // where far dates begin
  for (std::int64_t near :
       {std::int64_t{-719'468}, std::int64_t{0}, kEdge, kDaysMost, kDaysLeast}) {
    for (std::int64_t days = near - 1000; days < near + 1000; ++days) check(days);
  }
  for (std::int64_t days = kDaysLeast; days < kDaysMost; days += 9'999'991) check(days);
}

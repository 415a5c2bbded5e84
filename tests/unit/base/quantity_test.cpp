#include "base/quantity.h"

#include <catch2/catch.hpp>

using namespace wharf::base;
using namespace std::chrono_literals;

TEST_CASE("amounts of bytes are read with their units, decimal and binary") {
  CHECK(parse_bytes("0") == 0u);
  CHECK(parse_bytes("1048576") == 1048576u);
  CHECK(parse_bytes("64 MiB") == 64u << 20);
  CHECK(parse_bytes("64mb") == 64'000'000u);
  CHECK(parse_bytes(" 2GB ") == 2'000'000'000u);
  CHECK(parse_bytes("1 TiB") == 1ull << 40);
  for (const auto* wrong : {"", "MiB", "-1", "1.5 GB", "12 parsecs", "9999999999 TiB", "1 M"}) {
    INFO(wrong);
    CHECK_FALSE(parse_bytes(wrong));
  }
}

TEST_CASE("durations are read with their units; a number alone is seconds") {
  CHECK(parse_duration("90 days") == 2160h);
  CHECK(parse_duration("15m") == 15min);
  CHECK(parse_duration("1 hour") == 1h);
  CHECK(parse_duration("500ms") == 500ms);
  CHECK(parse_duration("30") == 30s);
  CHECK(parse_duration("2 weeks") == 336h);
  for (const auto* wrong : {"", "soon", "1 month", "-5 s", "1h30m"}) {
    INFO(wrong);
    CHECK_FALSE(parse_duration(wrong));
  }
}

TEST_CASE("bytes are shown with a unit that leaves three digits before the point") {
  CHECK(bytes_text(0) == "0 B");
  CHECK(bytes_text(999) == "999 B");
  CHECK(bytes_text(1000) == "1.0 KB");
  CHECK(bytes_text(999'960) == "1.0 MB");
  CHECK(bytes_text(67'500'000'000) == "67.5 GB");
}

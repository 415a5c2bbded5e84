#include "base/uuid.h"

#include <catch2/catch.hpp>
#include <set>

using namespace wharf::base;

TEST_CASE("a name's UUID is the one that RFC 4122 prescribes") {
  // The DNS space; the values of Python's uuid.uuid5.
  constexpr std::string_view kDns = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";
  CHECK(uuid_of_name(kDns, "python.org") == "886313e1-3b8a-5372-9b90-0c9aee199e5d");
  CHECK(uuid_of_name(kDns, std::string(200, 'a')) == uuid_of_name(kDns, std::string(200, 'a')));
  CHECK(uuid_of_name(kDns, "a") != uuid_of_name(kWharfSpace, "a"));
}

TEST_CASE("random UUIDs are of version 4 and differ") {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const auto uuid = random_uuid();
    CHECK(uuid.size() == 36);
    CHECK(uuid[14] == '4');
    seen.insert(uuid);
  }
  CHECK(seen.size() == 100);
}

TEST_CASE("a fingerprint is 32 digits of the text's SHA-1") {
  CHECK(fingerprint("abc") == "a9993e364706816aba3e25717850c26c");
  CHECK(fingerprint("") == "da39a3ee5e6b4b0d3255bfef95601890");
}

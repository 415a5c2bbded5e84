#include "api/listening.h"

#include <catch2/catch.hpp>

using namespace wharf::api;

TEST_CASE("addresses to listen on are read") {
  const auto four = tcp_address("127.0.0.1:8000");
  REQUIRE(four.has_value());
  CHECK(four->host == "127.0.0.1");
  CHECK(four->port == 8000);
  CHECK(tcp_address("[::1]:0")->host == "[::1]");
  CHECK(tcp_address("localhost:65535")->port == 65535);
  for (const char* text : {"", "8000", ":8000", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536",
                           "127.0.0.1:80x", "127.0.0.1:-1", "example.com:80", "1.2.3:80"})
    CHECK(tcp_address(text).has_error());
  CHECK(tcp_address("here").error().code == wharf::ErrorCode::invalid_argument);
}

TEST_CASE("loopback is told from the rest of the world") {
  for (const char* text : {"127.0.0.1:1", "127.1.2.3:1", "[::1]:1", "localhost:1"})
    CHECK(is_loopback(*tcp_address(text)));
  for (const char* text : {"0.0.0.0:1", "[::]:1", "10.0.0.1:1", "192.168.127.1:1"})
    CHECK_FALSE(is_loopback(*tcp_address(text)));
}

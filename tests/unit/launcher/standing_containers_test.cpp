#include "launcher/standing_containers.h"

#include <catch2/catch.hpp>

using wharf::launcher::StandingContainers;
using namespace std::chrono_literals;

TEST_CASE("the end abandons all that stand, waits for them, and lets none follow") {
  StandingContainers containers;
  int abandoned = 0;
  for (const char* name : {"a", "b"}) {
    REQUIRE(containers.add(name, [&abandoned, &containers, name] {
      ++abandoned;
      containers.drop(name);
    }));
  }
  containers.drop("b");
  CHECK(containers.end(0ms));
  CHECK(abandoned == 1);
  CHECK_FALSE(containers.add("c", [] {}));
}

TEST_CASE("one whose removal takes too long is not waited for") {
  StandingContainers containers;
  REQUIRE(containers.add("a", [] {}));
  CHECK_FALSE(containers.end(1ms));
}

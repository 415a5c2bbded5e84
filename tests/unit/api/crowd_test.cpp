#include "api/crowd.h"

#include <catch2/catch.hpp>

using namespace wharf;
using namespace std::chrono_literals;

TEST_CASE("a crowd knows who has been idle longest") {
  int a = 0, b = 0, c = 0;
  const base::SteadyTime start{};
  api::Crowd<int> crowd(3);
  for (int* member : {&a, &b, &c}) crowd.enter(member);
  CHECK(crowd.full());
  CHECK_FALSE(crowd.longest_idle());

  crowd.idle(&b, start);
  crowd.idle(&a, start + 1s);
  CHECK(crowd.longest_idle()->member == &b);
  crowd.idle(&b, start + 2s);
  CHECK(crowd.longest_idle()->member == &a);
  crowd.busy(&a);
  CHECK(crowd.longest_idle()->member == &b);
  crowd.busy(&a);
  crowd.leave(&b);
  CHECK_FALSE(crowd.longest_idle());
  CHECK_FALSE(crowd.full());
  crowd.leave(&a);
  crowd.leave(&c);
  CHECK(crowd.empty());
}

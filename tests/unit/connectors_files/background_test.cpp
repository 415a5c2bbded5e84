#include "connectors/files/background.h"

#include <catch2/catch.hpp>
#include <stdexcept>
#include <string>

using wharf::connectors::files::Background;

TEST_CASE("each piece of work is done, in order, and is seen once it is finished") {
  Background background;
  std::string done;
  for (int i = 0; i < 1000; ++i) {
    CHECK_FALSE(background.is_begun());
    background.begin([&] { done += 'x'; });
    CHECK(background.is_begun());
    background.finish();
    REQUIRE(done.size() == static_cast<std::size_t>(i) + 1);
  }
  background.finish();  // nothing was begun: nothing to wait for
}

TEST_CASE("what the work throws is thrown once, where it is waited for") {
  Background background;
  background.begin([] { throw std::runtime_error("disk full"); });
  CHECK_THROWS_WITH(background.finish(), "disk full");
  bool done = false;
  background.begin([&] { done = true; });
  CHECK_NOTHROW(background.finish());
  CHECK(done);
}

TEST_CASE("work that was begun is done before its thread ends") {
  std::string done;
  {
    Background background;
    background.begin([&] { done.assign(1 << 20, 'x'); });
  }
  CHECK(done.size() == 1 << 20);
}

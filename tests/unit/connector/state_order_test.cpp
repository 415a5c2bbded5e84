#include "connector/state_order.h"

#include <catch2/catch.hpp>

#include "connector/partition_ids.h"

#include <set>

namespace wharf::connector {
namespace {

std::vector<std::string> texts(const std::vector<CutState>& states) {
  std::vector<std::string> texts;
  for (const auto& state : states) texts.push_back(state.state);
  return texts;
}

TEST_CASE("states leave in the order in which partitions were handed out") {
  StateOrder order;
  auto first = order.open();
  auto second = order.open();
  order.add(second, {"b", "p2", 1});
  order.close(second);
  CHECK(order.take_ready().empty());
  order.add(first, {"a", "p1", 1});
  CHECK(texts(order.take_ready()) == std::vector<std::string>{"a"});
  order.close(first);
  CHECK(texts(order.take_ready()) == std::vector<std::string>{"b"});
  CHECK(order.settled());
}

TEST_CASE("a cut in the middle of the first partition leaves at once, that of a later one waits") {
  StateOrder order;
  auto first = order.open();
  auto second = order.open();
  order.add(second, {"b1", "p2", 1});
  order.add(first, {"a1", "p1", 1});
  CHECK(texts(order.take_ready()) == std::vector<std::string>{"a1"});
  order.add(first, {"a2", "p3", 1});
  order.close(first);
  CHECK(texts(order.take_ready()) == std::vector<std::string>{"a2", "b1"});
  CHECK_FALSE(order.settled());
}

TEST_CASE("partition ids are four characters and do not repeat") {
  PartitionIds ids(12345);
  std::set<std::string> seen;
  for (int i = 0; i < 100000; ++i) {
    auto id = ids.next();
    REQUIRE(id.size() == 4);
    REQUIRE(seen.insert(id).second);
  }
}

}  // namespace
}  // namespace wharf::connector

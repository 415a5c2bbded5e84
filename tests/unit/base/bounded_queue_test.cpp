#include "base/bounded_queue.h"

#include <catch2/catch.hpp>
#include <memory>
#include <thread>

#include "base/doorbell.h"

using namespace wharf::base;
using Queue = BoundedQueue<std::unique_ptr<int>>;

TEST_CASE("a full queue leaves the value with its owner and calls when there is room") {
  Queue queue(1);
  bool room = false;
  auto two = std::make_unique<int>(2);
  CHECK(queue.offer(std::make_unique<int>(1), {}) == Queue::Offer::taken);
  CHECK(queue.offer(std::move(two), [&] { room = true; }) == Queue::Offer::full);
  REQUIRE(two);
  CHECK_FALSE(room);
  CHECK(queue.take().size() == 1);
  CHECK(room);
  CHECK(queue.offer(std::move(two), {}) == Queue::Offer::taken);
}

TEST_CASE("what was in a queue when it was closed is still given out") {
  Queue queue(4);
  REQUIRE(queue.push(std::make_unique<int>(1)));
  queue.close();
  auto late = std::make_unique<int>(2);
  CHECK_FALSE(queue.push(std::move(late)));
  CHECK(late);
  CHECK_FALSE(queue.drained());
  CHECK(queue.take().size() == 1);
  CHECK(queue.drained());
  CHECK(queue.take().empty());
}

TEST_CASE("taking gives at most what was asked for, in order") {
  BoundedQueue<int> queue(10);
  for (int i = 0; i < 5; ++i) queue.push(int{i});
  CHECK(queue.take(SteadyTime::max(), 2) == std::deque<int>{0, 1});
  CHECK(queue.take() == std::deque<int>{2, 3, 4});
  CHECK(queue.take(std::chrono::steady_clock::now()).empty());
}

TEST_CASE("between threads nothing is lost and the limit holds") {
  BoundedQueue<int> queue(8);
  std::vector<std::thread> writers;
  for (int w = 0; w < 3; ++w)
    writers.emplace_back([&] {
      for (int i = 0; i < 1000; ++i) queue.push(1);
    });
  std::size_t sum = 0;
  while (sum < 3000) {
    const auto taken = queue.take().size();
    CHECK(taken <= 8);
    sum += taken;
  }
  for (auto& writer : writers) writer.join();
  CHECK(sum == 3000);
}

TEST_CASE("rings before the last one was heard are one") {
  std::vector<std::function<void()>> posted;
  int heard = 0;
  Doorbell bell([&](std::function<void()> call) { posted.push_back(std::move(call)); },
                [&] { ++heard; });
  bell.ring();
  bell.ring();
  REQUIRE(posted.size() == 1);
  posted[0]();
  CHECK(heard == 1);
  bell.ring();
  CHECK(posted.size() == 2);
}

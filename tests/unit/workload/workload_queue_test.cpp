#include "workload/workload_queue.h"

#include <catch2/catch.hpp>

#include "database/migrations.h"

using namespace wharf;
using namespace wharf::workload;
namespace queue = workload_queue;
using S = QueueStatus;
using T = Tidings;

namespace {

const base::WallTime kNow = base::from_millis(1'000'000);

struct Store {
  sqlite::Connection db{":memory:"};
  std::optional<sqlite::Transaction> open;
  Store() {
    REQUIRE(sqlite::migrate(db, database::migrations()).has_value());
    open.emplace(db);
  }
  sqlite::Transaction& tx() { return *open; }
  void create(const std::string& id, Priority priority = Priority::high,
              std::optional<std::string> mutex = {}, base::WallTime now = kNow) {
    REQUIRE(queue::create(tx(), wish(id, priority, std::move(mutex)), now).value() ==
            queue::Created::made);
  }
  static WorkloadWish wish(const std::string& id, Priority priority = Priority::high,
                           std::optional<std::string> mutex = {}) {
    WorkloadWish wish;
    wish.id = id;
    wish.type = WorkloadType::check;
    wish.input = "{}";
    wish.priority = priority;
    wish.mutex_key = std::move(mutex);
    return wish;
  }
  QueuedWorkload get(const std::string& id) { return queue::get(db, id).value(); }
  bool tell(const std::string& id, Tidings tidings, base::WallTime now = kNow) {
    return queue::tell(tx(), id, {tidings}, now).has_value();
  }
  void bring_to(const std::string& id, QueueStatus status) {
    if (status == S::pending) return;
    if (is_terminal(status)) {
      REQUIRE(tell(id, status == S::success   ? T::success
                       : status == S::failure ? T::failure
                                              : T::cancelled));
      return;
    }
    REQUIRE(queue::claim(tx(), id, "here", {}, kNow));
    if (status == S::launched || status == S::running) REQUIRE(tell(id, T::launched));
    if (status == S::running) REQUIRE(tell(id, T::running));
  }
  std::vector<std::string> polled(std::optional<Priority> priority = {}, base::WallTime now = kNow,
                                  std::int64_t most = 10) {
    std::vector<std::string> ids;
    for (const auto& each : queue::poll(tx(), "", priority, most, now)) ids.push_back(each.wish.id);
    return ids;
  }
};

using Ids = std::vector<std::string>;

}  // namespace

TEST_CASE("every tiding at every status does what the table says") {
  struct Row {
    S from;
    // launched, running, heartbeat, success, failure, cancelled; none: gone
    std::array<std::optional<S>, 6> to;
  };
  const auto no = std::optional<S>();
  const Row row = GENERATE_COPY(
      Row{S::pending, {no, no, no, S::success, S::failure, S::cancelled}},
      Row{S::claimed, {S::launched, S::running, no, S::success, S::failure, S::cancelled}},
      Row{S::launched, {S::launched, S::running, no, S::success, S::failure, S::cancelled}},
      Row{S::running, {S::running, S::running, S::running, S::success, S::failure, S::cancelled}},
      Row{S::success, {no, no, no, S::success, no, no}},
      Row{S::failure, {no, no, no, no, S::failure, no}},
      Row{S::cancelled, {no, no, no, no, no, S::cancelled}});
  for (std::size_t i = 0; i < row.to.size(); ++i) {
    CAPTURE(name_of(row.from), i);
    const auto tidings = static_cast<Tidings>(i);
    CHECK(after(row.from, tidings) == row.to[i]);
    Store store;
    store.create("w");
    store.bring_to("w", row.from);
    CHECK(store.tell("w", tidings) == row.to[i].has_value());
    CHECK(store.get("w").status == row.to[i].value_or(row.from));
    CHECK(store.get("w").deadline.has_value() == !is_terminal(store.get("w").status));
  }
}

TEST_CASE("F-43: the same wish again is nothing, another one under its id is refused") {
  Store store;
  store.create("w");
  CHECK(queue::create(store.tx(), Store::wish("w"), kNow).value() == queue::Created::was_there);
  auto other = Store::wish("w");
  other.input = R"({"sourceId":"x"})";
  CHECK(queue::create(store.tx(), other, kNow).error().code == ErrorCode::conflict);
  CHECK(store.get("w").wish == Store::wish("w"));
  store.bring_to("w", S::success);
  CHECK(queue::create(store.tx(), Store::wish("w"), kNow).value() == queue::Created::was_there);
  CHECK(store.polled() == Ids{});
}

TEST_CASE("one launcher has a workload, and may claim it again") {
  Store store;
  store.create("w");
  CHECK(queue::claim(store.tx(), "w", "a", {}, kNow));
  CHECK(store.get("w").deadline == kNow + kUntilLaunched);
  CHECK(queue::claim(store.tx(), "w", "a", {}, kNow + std::chrono::minutes(5)));
  CHECK(store.get("w").deadline == kNow + kUntilLaunched);
  CHECK_FALSE(queue::claim(store.tx(), "w", "b", {}, kNow));
  CHECK_FALSE(queue::claim(store.tx(), "nobody", "a", {}, kNow));
  REQUIRE(store.tell("w", T::running));
  CHECK_FALSE(queue::claim(store.tx(), "w", "a", {}, kNow));
}

TEST_CASE("what was given out comes again after five minutes, until somebody has claimed it") {
  Store store;
  store.create("w");
  CHECK(store.polled() == Ids{"w"});
  CHECK(store.polled({}, kNow + kRedelivery - std::chrono::milliseconds(1)) == Ids{});
  CHECK(store.polled({}, kNow + kRedelivery) == Ids{"w"});
  REQUIRE(queue::claim(store.tx(), "w", "a", {}, kNow));
  CHECK(store.polled({}, kNow + 3 * kRedelivery) == Ids{});
}

TEST_CASE("the oldest come first, of the priority and group that are asked for") {
  Store store;
  store.create("b", Priority::standard, {}, kNow);
  store.create("a", Priority::standard, {}, kNow + std::chrono::seconds(1));
  store.create("c", Priority::high, {}, kNow + std::chrono::seconds(2));
  auto elsewhere = Store::wish("d");
  elsewhere.group = "elsewhere";
  REQUIRE(queue::create(store.tx(), elsewhere, kNow).has_value());
  CHECK(queue::depth(store.db, "", {}, kNow) == 3);
  CHECK(queue::stats(store.db).size() == 3);
  CHECK(store.polled(Priority::high) == Ids{"c"});
  CHECK(store.polled({}, kNow, 1) == Ids{"b"});
  CHECK(store.polled() == Ids{"a"});
  CHECK(queue::depth(store.db, "", {}, kNow) == 0);
  CHECK(queue::poll(store.tx(), "elsewhere", {}, 10, kNow).size() == 1);
}

TEST_CASE("what somebody more urgent wishes as well is as urgent, until it is claimed") {
  Store store;
  for (const char* id : {"waits", "urgent", "claimed"}) {
    store.create(id, id == std::string("urgent") ? Priority::high : Priority::standard);
  }
  store.bring_to("claimed", S::claimed);
  for (const char* id : {"waits", "claimed"}) queue::raise_to(store.tx(), id, Priority::high);
  queue::raise_to(store.tx(), "urgent", Priority::standard);
  CHECK(store.get("waits").wish.priority == Priority::high);
  CHECK(store.get("urgent").wish.priority == Priority::high);
  CHECK(store.get("claimed").wish.priority == Priority::standard);
}

TEST_CASE("of those with the same key only the newest lives") {
  Store store;
  store.create("first", Priority::high, "c");
  store.create("other", Priority::high, "d");
  store.bring_to("first", S::running);
  store.create("second", Priority::high, "c");
  CHECK(store.get("first").status == S::failure);
  CHECK(store.get("first").termination_source == "workload-api");
  CHECK(store.get("first").termination_reason == "Superseded by second");
  CHECK(store.get("second").status == S::pending);
  CHECK(store.get("other").status == S::pending);
  CHECK_FALSE(store.tell("first", T::heartbeat));  // its launcher is to stop
}

TEST_CASE("who is silent past the deadline has failed, and why is said") {
  struct Row {
    S status;
    std::chrono::minutes allowed;
    std::string source;
    std::string reason;
  };
  const auto row = GENERATE(
      Row{S::pending, kUntilClaimed, "workload-monitor-claim", "no data-plane available"},
      Row{S::claimed, kUntilLaunched, "workload-monitor-start", "could not start in time"},
      Row{S::launched, kUntilHeard, "workload-monitor-heartbeat", "exited without reporting"},
      Row{S::running, kUntilHeard, "workload-monitor-heartbeat", "exited without reporting"});
  Store store;
  store.create("w");
  store.bring_to("w", row.status);
  queue::fail_expired(store.tx(), kNow + row.allowed);
  CHECK(store.get("w").status == row.status);
  CHECK(queue::fail_expired(store.tx(), kNow + row.allowed + std::chrono::milliseconds(1)) == 1);
  CHECK(store.get("w").status == S::failure);
  CHECK(store.get("w").termination_source == row.source);
  CHECK(store.get("w").termination_reason == row.reason);
}

TEST_CASE("a heartbeat keeps a workload alive, but no question for longer than four hours") {
  Store store;
  store.create("w");
  store.bring_to("w", S::running);
  auto now = kNow;
  for (int i = 0; i < 26; ++i) {
    now += std::chrono::minutes(9);
    REQUIRE(store.tell("w", T::heartbeat, now));
    queue::fail_expired(store.tx(), now);
    REQUIRE(store.get("w").status == S::running);
  }
  now += std::chrono::minutes(9);  // four hours and some
  REQUIRE(store.tell("w", T::heartbeat, now));
  queue::fail_expired(store.tx(), now);
  CHECK(store.get("w").termination_reason == "ran longer than it may");
  CHECK(store.get("w").termination_source == "workload-monitor-non-sync-timeout");
}

TEST_CASE("what has ended is cleaned away after its time, what lives is not") {
  Store store;
  for (const char* id : {"a", "b", "c"}) store.create(id);
  store.bring_to("a", S::success);
  store.bring_to("b", S::running);
  CHECK(queue::clean(store.tx(), kNow, 10) == 0);
  CHECK(queue::clean(store.tx(), kNow + std::chrono::milliseconds(1), 10) == 1);
  CHECK_FALSE(queue::get(store.db, "a").has_value());
}

TEST_CASE("what a launcher's earlier life was given is in the queue again, and nothing else is") {
  Store store;
  for (const auto status : {S::pending, S::claimed, S::launched, S::running, S::success}) {
    store.create(std::string(name_of(status)));
    store.bring_to(std::string(name_of(status)), status);
  }
  auto elsewhere = Store::wish("elsewhere");
  elsewhere.group = "there";
  REQUIRE(queue::create(store.tx(), elsewhere, kNow).value() == queue::Created::made);
  store.bring_to("elsewhere", S::claimed);
  REQUIRE(store.polled() == std::vector<std::string>{"pending"});

  queue::take_back(store.tx(), "", kNow);
  CHECK(store.polled() == std::vector<std::string>{"claimed", "launched", "pending", "running"});
  CHECK(store.get("running").status == S::pending);
  CHECK_FALSE(store.get("running").dataplane);
  CHECK(store.get("running").deadline == kNow + kUntilClaimed);
  CHECK(store.get("success").status == S::success);
  CHECK(store.get("elsewhere").status == S::claimed);
}

TEST_CASE("a workload that lives is found by what it wishes") {
  Store store;
  store.create("one");
  CHECK(queue::find_live(store.db, "", WorkloadType::check, "{}") == "one");
  CHECK_FALSE(queue::find_live(store.db, "", WorkloadType::discover, "{}"));
  CHECK_FALSE(queue::find_live(store.db, "there", WorkloadType::check, "{}"));
  CHECK_FALSE(queue::find_live(store.db, "", WorkloadType::check, "{ }"));
  store.bring_to("one", S::running);
  CHECK(queue::find_live(store.db, "", WorkloadType::check, "{}") == "one");
  store.bring_to("one", S::success);
  CHECK_FALSE(queue::find_live(store.db, "", WorkloadType::check, "{}"));
}

TEST_CASE("the queue's times are those that launchers elsewhere count on") {
  using namespace std::chrono_literals;
  Store store;
  store.create("w");
  CHECK(store.get("w").deadline == kNow + 30min);
  CHECK(store.polled() == Ids{"w"});
  CHECK(store.polled({}, kNow + 300s - 1ms).empty());
  CHECK(store.polled({}, kNow + 300s) == Ids{"w"});
  REQUIRE(queue::claim(store.tx(), "w", "here", {}, kNow + 1min));
  CHECK(store.get("w").deadline == kNow + 31min);
  REQUIRE(queue::claim(store.tx(), "w", "here", {}, kNow + 2min));
  CHECK(store.get("w").deadline == kNow + 31min);  // claimed again: no longer
  REQUIRE(store.tell("w", T::launched, kNow + 3min));
  CHECK(store.get("w").deadline == kNow + 13min);
  REQUIRE(store.tell("w", T::running, kNow + 4min));
  CHECK(store.get("w").deadline == kNow + 14min);
  REQUIRE(store.tell("w", T::heartbeat, kNow + 5min));
  CHECK(store.get("w").deadline == kNow + 15min);
  REQUIRE(store.tell("w", T::success, kNow + 6min));
  CHECK_FALSE(store.get("w").deadline.has_value());
}

TEST_CASE("a filter finds what fits it and nothing else, to the millisecond") {
  using namespace std::chrono_literals;
  Store store;
  store.create("old", Priority::high, {}, kNow);
  store.create("new", Priority::high, {}, kNow + 1h);
  REQUIRE(queue::claim(store.tx(), "old", "there", {}, kNow + 2h));
  const auto found = [&](const queue::Filter& filter) {
    Ids ids;
    for (const auto& each : queue::list(store.db, filter)) ids.push_back(each.wish.id);
    return ids;
  };
  CHECK(found({}) == Ids{"old", "new"});
  CHECK(found({.created_before = kNow}).empty());
  CHECK(found({.created_before = kNow + 1ms}) == Ids{"old"});
  CHECK(found({.updated_before = kNow + 1h}).empty());
  CHECK(found({.updated_before = kNow + 1h + 1ms}) == Ids{"new"});  // the old one was claimed since
  CHECK(found({.dataplanes = {"there"}}) == Ids{"old"});
  CHECK(found({.dataplanes = {"elsewhere"}}).empty());
  CHECK(found({.statuses = {S::pending}}) == Ids{"new"});
  CHECK(found({.deadline_before = kNow + 1h + 30min}).empty());
  CHECK(found({.deadline_before = kNow + 1h + 30min + 1ms}) == Ids{"new"});
  store.bring_to("new", S::failure);
  CHECK(found({.live = true}) == Ids{"old"});
}

#include <catch2/catch.hpp>

#include "desk.h"

using namespace desk;
using Rows = std::vector<std::string>;

namespace {

void run(const Directory& directory, const WriteStream& stream, const std::vector<Row>& rows,
         std::int64_t job = 1) {
  auto writer = open(directory.database(), request({stream}, job));
  if (!rows.empty()) writer->append(0, batch(stream, rows));
  writer->commit(commit_of(0, R"({"at":1})", true));
}

}  // namespace

TEST_CASE("append adds rows run after run, with their meta columns") {
  Directory directory;
  run(directory, stream(kAppend), {{1, "a", 10}, {2, "b", std::nullopt}}, 1);
  run(directory, stream(kAppend), {{1, "a", 10}}, 2);
  CHECK(rows_of(directory.database()) == Rows{"1|a|10", "1|a|10", "2|b|∅"});
  CHECK(query(directory.database(),
              "select distinct _airbyte_extracted_at, _airbyte_generation_id, _airbyte_meta, "
              "length(_airbyte_raw_id), typeof(id) from orders") ==
        Rows{R"(2023-11-14T22:13:20.123Z|1|{"sync_id":12,"changes":[]}|36|integer)"});
  CHECK(query(directory.database(), "select count(distinct _airbyte_raw_id) from orders") ==
        Rows{"3"});
  CHECK(query(directory.database(), "select group_concat(name) from pragma_table_info('orders')") ==
        Rows{"_airbyte_raw_id,_airbyte_extracted_at,_airbyte_generation_id,_airbyte_meta,id,v,c"});
}

TEST_CASE("a staged append is seen when its stream completes, and not before") {
  Directory directory;
  run(directory, stream(kAppend), {{1, "old", 1}}, 1);
  const auto staged = stream(kAppendStaged, 2);
  auto writer = open(directory.database(), request({staged}, 2));
  writer->append(0, batch(staged, {{2, "new", 1}}));
  writer->commit(commit_of(0, R"({"at":1})"));
  CHECK(rows_of(directory.database()) == Rows{"1|old|1"});
  writer->append(0, batch(staged, {{3, "new", 1}}));
  writer->commit(commit_of(0, R"({"at":2})", true));
  CHECK(rows_of(directory.database()) == Rows{"1|old|1", "2|new|1", "3|new|1"});
  CHECK(query(directory.database(), "select name from sqlite_schema where name like '_wharf_s%'")
            .empty());
}

TEST_CASE("F-16: an overwrite replaces the old rows in the commit of its last state") {
  Directory directory;
  run(directory, stream(kOverwrite, 1), {{1, "old", 1}}, 1);
  const auto next = stream(kOverwrite, 2);
  {
    auto writer = open(directory.database(), request({next}, 2));
    writer->append(0, batch(next, {{2, "new", 1}}));
    writer->commit(commit_of(0, R"({"at":1})"));
    CHECK(rows_of(directory.database()) == Rows{"1|old|1"});
  }
  SECTION("it goes on in the staging of its generation") {
    auto writer = open(directory.database(), request({next}, 2, 1));
    const auto held = held_of(*writer);
    REQUIRE(held.has_value());
    CHECK(held->generation == 2);
    CHECK(held->state == R"({"at":1})");
    CHECK_FALSE(held->complete);
    writer->append(0, batch(next, {{3, "new", 1}}));
    writer->commit(commit_of(0, R"({"at":2})", true));
    CHECK(rows_of(directory.database()) == Rows{"2|new|1", "3|new|1"});
  }
  SECTION("F-84: a new generation drops the staging of the old one") {
    const auto later = stream(kOverwrite, 3);
    auto writer = open(directory.database(), request({later}, 2, 1));
    CHECK(held_of(*writer)->state == std::nullopt);
    writer->append(0, batch(later, {{4, "later", 1}}));
    writer->commit(commit_of(0, R"({"at":1})", true));
    CHECK(rows_of(directory.database()) == Rows{"4|later|1"});
  }
  CHECK(query(directory.database(),
              "select name from sqlite_schema where name like '\\_wharf\\_s%' escape '\\' or name "
              "like '\\_wharf\\_r%' escape '\\'")
            .empty());
}

TEST_CASE("F-08: an overwrite without rows leaves an existing, empty table") {
  Directory directory;
  run(directory, stream(kOverwrite, 1), {{1, "old", 1}}, 1);
  run(directory, stream(kOverwrite, 2), {}, 2);
  CHECK(rows_of(directory.database()).empty());
  CHECK(query(directory.database(), "select count(*) from orders") == Rows{"0"});
}

TEST_CASE("F-83: counters lost, a lower generation touches nothing and is refused rows") {
  Directory directory;
  run(directory, stream(kOverwrite, 7), {{1, "old", 1}}, 9);
  const auto low = stream(kOverwrite, 1);
  auto writer = open(directory.database(), request({low}, 1));
  CHECK(writer->position().job == 9);
  CHECK(held_of(*writer)->generation == 7);
  CHECK_THROWS_AS(writer->append(0, batch(low, {{2, "x", 1}})), wharf::Failure);
  CHECK(rows_of(directory.database()) == Rows{"1|old|1"});
}

TEST_CASE("F-14: a commit of an attempt that no longer stands is refused; states have any length") {
  Directory directory;
  const auto orders = stream(kAppend);
  const std::string long_state = R"({"s":")" + std::string(3'000'000, 'x') + R"("})";
  {
    auto writer = open(directory.database(), request({orders}, 5, 1));
    writer->commit(commit_of(0, long_state));
  }
  auto writer = open(directory.database(), request({orders}, 5, 0));
  CHECK(held_of(*writer)->state == long_state);
  writer->append(0, batch(orders, {{1, "x", 1}}));
  CHECK_THROWS_AS(writer->commit(commit_of(0, "{}")), wharf::Failure);
  writer.reset();
  CHECK(rows_of(directory.database()).empty());
}

TEST_CASE("F-17: rows without a commit are gone with their writer") {
  Directory directory;
  const auto orders = stream(kAppend);
  {
    auto writer = open(directory.database(), request({orders}));
    writer->append(0, batch(orders, {{1, "a", 1}}));
    writer->commit(commit_of(0, R"({"at":1})"));
    writer->append(0, batch(orders, {{2, "b", 1}}));
  }
  CHECK(rows_of(directory.database()) == Rows{"1|a|1"});
}

TEST_CASE("a GLOBAL state is held whole, and without the streams whose rows are gone") {
  Directory directory;
  const auto orders = stream(kAppend);
  const auto users = stream(kAppend, 1, "users");
  const std::string global =
      R"({"type":"GLOBAL","global":{"shared_state":{"lsn":18446744073709551617},"stream_states":[)"
      R"({"stream_descriptor":{"name":"orders"},"stream_state":{}},)"
      R"({"stream_descriptor":{"name":"users"},"stream_state":{}}]}})";
  {
    auto writer = open(directory.database(), request({orders, users}));
    writer->append(0, batch(orders, {{1, "a", 1}}));
    Commit commit;
    commit.streams = {{0, std::nullopt, false}, {1, std::nullopt, false}};
    commit.global = global;
    writer->commit(commit);
  }
  CHECK(open(directory.database(), request({orders, users}))->position().global == global);
  execute(directory.database(), "drop table users");
  auto writer = open(directory.database(), request({orders, users}));
  const auto left = writer->position().global.value();
  CHECK(left.find("users") == std::string::npos);
  CHECK(left.find("18446744073709551617") != std::string::npos);
  CHECK_FALSE(held_of(*writer, "users").has_value());
}

TEST_CASE("F-80: a table that was dropped: its stream starts over") {
  Directory directory;
  run(directory, stream(kAppend), {{1, "a", 1}});
  execute(directory.database(), "drop table orders");
  auto writer = open(directory.database(), request({stream(kAppend)}, 2));
  CHECK_FALSE(held_of(*writer).has_value());
  CHECK(writer->position().job == 1);
}

TEST_CASE("an epoch that was raised voids the state with the next commit, never the rows") {
  Directory directory;
  run(directory, stream(kAppend), {{1, "a", 1}});
  auto raised = stream(kAppend);
  raised.epoch = 3;
  {
    auto writer = open(directory.database(), request({raised}, 2));
    CHECK(held_of(*writer)->epoch == 0);  // F-23: the daemon decides
    writer->append(0, batch(raised, {{2, "b", 1}}));
    writer->commit(commit_of(0, std::nullopt));
  }
  auto writer = open(directory.database(), request({raised}, 3));
  const auto held = held_of(*writer);
  CHECK(held->epoch == 3);
  CHECK(held->state == std::nullopt);
  CHECK(rows_of(directory.database()) == Rows{"1|a|1", "2|b|1"});
}

TEST_CASE("a staging of the current generation that a failed refresh left joins the target first") {
  Directory directory;
  run(directory, stream(kAppend, 1), {{1, "old", 1}});
  const auto mode = GENERATE(kAppend, kDedup);
  const Mode refresh{.dedup = mode.dedup, .truncate = true, .staged = true};
  {
    const auto truncating = stream(refresh, 2);
    auto writer = open(directory.database(), request({truncating}, 2));
    writer->append(0, batch(truncating, {{1, "new", 2}, {2, "new", 2}}));
    writer->commit(commit_of(0, R"({"at":5})"));
  }
  auto writer = open(directory.database(), request({stream(mode, 2)}, 3));
  CHECK(held_of(*writer)->state == R"({"at":5})");
  CHECK(rows_of(directory.database()) ==
        (mode.dedup ? Rows{"1|new|2", "2|new|2"} : Rows{"1|old|1", "1|new|2", "2|new|2"}));
}

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <map>

#include "desk.h"

using namespace desk;
using namespace std::chrono_literals;
using Rows = std::vector<std::string>;

namespace {

// A source of two batches that goes on from a state: the number of batches that are covered.
constexpr int kBatches = 2;

std::vector<Row> rows_of_batch(int number) {
  std::vector<Row> rows;
  for (int i = 0; i < 400; ++i) rows.push_back({number * 400 + i, "b" + std::to_string(number), i});
  return rows;
}

// Two appends a commit, so that a step lies between them; the state says how many batches are
// whole.
void sync(const fs::path& database, const WriteStream& stream, std::int64_t attempt,
          Options options) {
  auto writer = open(database, request({stream}, 1, attempt), std::move(options));
  const auto held = held_of(*writer, stream.target.name);
  if (held && held->generation == stream.generation && held->complete) return;
  int from = 0;
  if (held && held->generation == stream.generation && held->state) from = std::stoi(*held->state);
  for (int number = from; number < kBatches; ++number) {
    const auto rows = rows_of_batch(number);
    const std::vector<Row> first(rows.begin(), rows.begin() + 150);
    const std::vector<Row> second(rows.begin() + 150, rows.end());
    writer->append(0, batch(stream, first));
    writer->append(0, batch(stream, second));
    writer->commit(commit_of(0, std::to_string(number + 1), number + 1 == kBatches));
  }
}

Rows all_rows() {
  Rows all;
  for (int number = 0; number < kBatches; ++number)
    for (const auto& row : rows_of_batch(number))
      all.push_back(fmt::format("{}|{}|{}", *row.id, row.v, *row.c));
  return all;
}

const std::map<std::string, Mode> kModes = {{"append", kAppend},
                                            {"staged append", kAppendStaged},
                                            {"dedup", kDedup},
                                            {"overwrite", kOverwrite},
                                            {"overwrite dedup", kOverwriteDedup}};

Rows tables_of_ours(const fs::path& database) {
  return query(
      database,
      "select name from sqlite_schema where type = 'table' and name like "
      "'\\_wharf\\_%' escape '\\' and name not in ('_wharf_position', '_wharf_tombstone')");
}

// An attempt killed at each of its steps in turn, and then one that is left alone: the rows are
// there once, whatever the mode, and nothing of ours is left over.
void crash_everywhere(const Mode& mode, const Options& options, std::int64_t old_rows) {
  for (int step = 1;; ++step) {
    REQUIRE(step < 200);
    INFO("killed at step " << step);
    Directory directory;
    Rows expected = all_rows();
    std::int64_t generation = 1;
    if (old_rows > 0) {
      const auto before = stream(mode, 1);
      auto writer = open(directory.database(), request({before}, 0));
      writer->append(0, batch(before, {{-1, "old", 0}}));
      writer->commit(commit_of(0, "0", true));
      generation = 2;
      if (!mode.truncate) expected.insert(expected.begin(), "-1|old|0");
    }
    const auto next = stream(mode, generation);
    const bool killed = killed_at(
        step, [&](Options with) { sync(directory.database(), next, 0, std::move(with)); }, options);
    if (killed && mode.truncate && old_rows > 0 &&
        query(directory.database(), "select count(*) from orders where v = 'old'") == Rows{"1"})
      REQUIRE(query(directory.database(), "select count(*) from orders") == Rows{"1"});
    sync(directory.database(), next, 1, options);
    REQUIRE(rows_of(directory.database()) == expected);
    REQUIRE(query(directory.database(), "pragma integrity_check") == Rows{"ok"});
    REQUIRE(tables_of_ours(directory.database()).empty());
    if (!killed) break;
  }
}

}  // namespace

TEST_CASE(
    "F-16, F-17, F-22: killed at any step of any mode, the next attempt ends with every row once") {
  for (const auto& [name, mode] : kModes) {
    INFO(name);
    if (!mode.dedup) crash_everywhere(mode, Options{}, 0);
    crash_everywhere(mode, Options{}, 1);
  }
}

TEST_CASE("F-81: killed at any step of groups too large for one hold of the lock") {
  Options options;
  options.group_max = 0ms;  // each append ends the group before it
  for (const auto& [name, mode] : kModes) {
    INFO(name);
    crash_everywhere(mode, options, 1);
  }
}

TEST_CASE("F-81: rows of a group too large for one hold are not seen before their state") {
  Directory directory;
  const auto orders = stream(kAppend);
  Options options;
  options.group_max = 0ms;
  auto writer = open(directory.database(), request({orders}), options);
  writer->append(0, batch(orders, {{1, "a", 1}}));
  writer->append(0, batch(orders, {{2, "a", 1}}));
  writer->append(0, batch(orders, {{3, "a", 1}}));
  CHECK(rows_of(directory.database()).empty());
  writer->commit(commit_of(0, "1"));
  CHECK(rows_of(directory.database()).size() == 3);
  writer->append(0, batch(orders, {{4, "a", 1}}));
  writer->commit(commit_of(0, "2"));
  CHECK(rows_of(directory.database()).size() == 4);
}

TEST_CASE("a writer wants its commit once its transaction has been open for a while") {
  Directory directory;
  const auto orders = stream(kAppend);
  Options options;
  options.commit_wanted = 0ms;
  auto writer = open(directory.database(), request({orders}), options);
  CHECK_FALSE(writer->wants_commit());
  writer->append(0, batch(orders, {{1, "a", 1}}));
  CHECK(writer->wants_commit());
  writer->commit(commit_of(0, "1"));
  CHECK_FALSE(writer->wants_commit());
}

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <map>
#include <random>

#include "desk.h"

using namespace desk;
using namespace std::chrono_literals;
using Rows = std::vector<std::string>;

namespace {

std::vector<Column> cdc_columns() {
  return {{"id", Type::integer},
          {"v", Type::string},
          {"c", Type::integer},
          {"k2", Type::string},
          {"_ab_cdc_deleted_at", Type::timestamp_tz}};
}

WriteStream cdc_stream(Mode mode = kDedup, std::int64_t generation = 1) {
  auto it = stream(mode, generation, "orders", cdc_columns());
  it.primary_key = {"id", "k2"};
  return it;
}

std::vector<Value> cdc_row(std::optional<std::int64_t> id, std::string_view v,
                           std::optional<std::int64_t> c, std::string_view k2, bool deleted) {
  return {id ? Value::integer(*id) : Value::null(), Value::string(v),
          c ? Value::integer(*c) : Value::null(), k2.empty() ? Value::null() : Value::string(k2),
          deleted ? Value::timestamp_tz(1'700'000'000, 0, 0) : Value::null()};
}

unsigned seed_of_run() {
  if (const char* given = std::getenv("WHARF_SEED"))
    return static_cast<unsigned>(std::stoul(given));
  return std::random_device{}();
}

}  // namespace

TEST_CASE(
    "F-82: an older cursor that arrives later never wins, null included; ties go to the later "
    "row") {
  Directory directory;
  const auto orders = stream(kDedup);
  auto writer = open(directory.database(), request({orders}));
  const auto put = [&](std::vector<Row> rows) {
    writer->append(0, batch(orders, rows));
    writer->commit(commit_of(0, "{}"));
    return rows_of(directory.database());
  };
  CHECK(put({{1, "first", 5}}) == Rows{"1|first|5"});
  CHECK(put({{1, "older", 4}}) == Rows{"1|first|5"});
  CHECK(put({{1, "null", std::nullopt}}) == Rows{"1|first|5"});
  CHECK(put({{1, "tie", 5}}) == Rows{"1|tie|5"});
  CHECK(put({{1, "in one", 7}, {1, "batch", 6}}) == Rows{"1|in one|7"});
  CHECK(put({{2, "a", std::nullopt}, {2, "b", std::nullopt}}) == Rows{"1|in one|7", "2|b|∅"});
  CHECK(put({{2, "c", -1}}) == Rows{"1|in one|7", "2|c|-1"});
}

TEST_CASE("keys compare null as equal to null") {
  Directory directory;
  const auto orders = stream(kDedup);
  auto writer = open(directory.database(), request({orders}));
  writer->append(0, batch(orders, {{std::nullopt, "a", 1}, {1, "x", 1}, {std::nullopt, "b", 2}}));
  writer->append(0, batch(orders, {{std::nullopt, "c", 1}}));
  writer->commit(commit_of(0, "{}"));
  CHECK(rows_of(directory.database()) == Rows{"∅|b|2", "1|x|1"});
}

TEST_CASE("without a cursor the later row wins") {
  Directory directory;
  auto orders = stream(kDedup);
  orders.cursor.clear();
  auto writer = open(directory.database(), request({orders}));
  writer->append(0, batch(orders, {{1, "a", 9}, {1, "b", 1}}));
  writer->append(0, batch(orders, {{1, "c", 5}}));
  writer->commit(commit_of(0, "{}"));
  CHECK(rows_of(directory.database()) == Rows{"1|c|5"});
}

TEST_CASE("F-82: an older version arriving after a hard delete does not bring the row back") {
  Directory directory;
  const auto orders = cdc_stream();
  const auto put = [&](std::vector<std::vector<Value>> rows, std::int64_t job,
                       std::int64_t attempt) {
    auto writer = open(directory.database(), request({orders}, job, attempt));
    writer->append(0, batch_of(orders, rows));
    writer->commit(commit_of(0, "{}"));
    writer.reset();
    return rows_of(directory.database());
  };
  CHECK(put({cdc_row(1, "a", 5, "x", false)}, 1, 0) == Rows{"1|a|5"});
  CHECK(put({cdc_row(1, "", 4, "x", true)}, 1, 0) == Rows{"1|a|5"});
  CHECK(put({cdc_row(1, "", 6, "x", true)}, 1, 0).empty());
  CHECK(put({cdc_row(1, "old", 5, "x", false)}, 1, 1).empty());
  CHECK(put({cdc_row(1, "new", 6, "x", false)}, 1, 1) == Rows{"1|new|6"});
  CHECK(put({cdc_row(2, "", 9, "", true), cdc_row(2, "old", 8, "", false)}, 1, 1) ==
        Rows{"1|new|6"});
  CHECK(query(directory.database(), "select count(*) from _wharf_tombstone") == Rows{"2"});
  // The next job has forgotten them.
  CHECK(put({cdc_row(2, "old", 8, "", false)}, 2, 0) == Rows{"1|new|6", "2|old|8"});
  CHECK(query(directory.database(), "select count(*) from _wharf_tombstone") == Rows{"0"});
}

TEST_CASE("F-03, F-82: cursors beyond 64 bits and with many digits are compared by value") {
  Directory directory;
  const auto orders = stream(kDedup, 1, "orders",
                             {{"id", Type::integer}, {"v", Type::string}, {"c", Type::number}});
  auto writer = open(directory.database(), request({orders}));
  const auto put = [&](std::string_view v, Value cursor) {
    writer->append(0, batch_of(orders, {{Value::integer(1), Value::string(v), cursor}}));
    writer->commit(commit_of(0, "{}"));
    return query(directory.database(), "select v from orders");
  };
  using wharf::record::Kind;
  CHECK(put("a", Value::number(0.1)) == Rows{"a"});
  CHECK(put("b", Value::text(Kind::big_decimal, "0.10000000000000000000000000001")) == Rows{"b"});
  CHECK(put("c", Value::number(0.1)) == Rows{"b"});
  CHECK(put("d", Value::text(Kind::big_integer, "9223372036854775808")) == Rows{"d"});
  CHECK(put("e", Value::text(Kind::big_integer, "10000000000000000000")) == Rows{"e"});
  CHECK(put("f", Value::text(Kind::big_integer, "-99999999999999999999")) == Rows{"e"});
  CHECK(put("g", Value::integer(9'223'372'036'854'775'807)) == Rows{"e"});
  CHECK(put("h", Value::text(Kind::big_decimal, "1e20")) == Rows{"h"});
}

TEST_CASE("timestamps as cursors are compared as instants, with and without fractions") {
  Directory directory;
  const auto orders = stream(
      kDedup, 1, "orders", {{"id", Type::integer}, {"v", Type::string}, {"c", Type::timestamp_tz}});
  auto writer = open(directory.database(), request({orders}));
  const auto put = [&](std::string_view v, Value cursor) {
    writer->append(0, batch_of(orders, {{Value::integer(1), Value::string(v), cursor}}));
    writer->commit(commit_of(0, "{}"));
    return query(directory.database(), "select v from orders");
  };
  CHECK(put("a", Value::timestamp_tz(1'700'000'000, 0, 0)) == Rows{"a"});
  CHECK(put("b", Value::timestamp_tz(1'700'000'000, 500'000'000, 3600)) == Rows{"b"});
  CHECK(put("c", Value::timestamp_tz(1'700'000'000, 0, -3600)) == Rows{"b"});
  CHECK(put("d", Value::timestamp_tz(1'700'000'001, 0, 0)) == Rows{"d"});
}

TEST_CASE(
    "a stream that was appended to and is merged from now on keeps the newest row of each key") {
  Directory directory;
  {
    const auto before = stream(kAppend);
    auto writer = open(directory.database(), request({before}));
    writer->append(0, batch(before, {{1, "a", 1}, {1, "b", 3}, {1, "c", 2}, {2, "d", 1}}));
    writer->append(0, batch(before, {{3, "e", std::nullopt}, {3, "f", std::nullopt}}));
    writer->commit(commit_of(0, "{}"));
  }
  const auto now = stream(kDedup);
  auto writer = open(directory.database(), request({now}, 2));
  writer->append(0, batch(now, {{2, "g", 2}}));
  writer->commit(commit_of(0, "{}"));
  CHECK(rows_of(directory.database()) == Rows{"1|b|3", "2|g|2", "3|f|∅"});
}

// The whole of the rules against a map, with commits, attempts, jobs and large groups thrown in.
TEST_CASE("F-82: random rows and deletes end as a map says, however they were cut into commits") {
  const unsigned seed = seed_of_run();
  INFO("WHARF_SEED=" << seed);
  std::mt19937 random(seed);
  const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  const bool truncating = below(2) == 0;

  struct Known {
    std::optional<std::int64_t> cursor;
    std::optional<std::string> v;  // null: deleted
  };
  std::map<std::pair<std::int64_t, std::string>, Known> model;  // -1: a null id

  Directory directory;
  const auto orders = cdc_stream(truncating ? kOverwriteDedup : kDedup);
  Options options;
  if (below(2) == 0) options.group_max = 0ms;
  int attempt = 0;
  auto writer = open(directory.database(), request({orders}, 1, attempt), options);
  for (int group = 0; group < 40; ++group) {
    for (int appended = below(3); appended >= 0; --appended) {
      std::vector<std::vector<Value>> rows;
      std::vector<std::string> texts;
      texts.reserve(80);
      for (int n = below(40); n > 0; --n) {
        const bool null_id = below(10) == 0;
        const std::int64_t id = null_id ? -1 : below(8);
        const std::string& k2 = texts.emplace_back(
            below(4) == 0 ? "" : std::string(1, static_cast<char>('a' + below(3))));
        std::optional<std::int64_t> cursor;
        if (below(6) != 0) cursor = below(30) - 10;
        const bool deleted = below(5) == 0;
        const auto& v = texts.emplace_back(fmt::format("v{}", random() % 100000));
        rows.push_back(cdc_row(null_id ? std::nullopt : std::optional(id), v, cursor, k2, deleted));
        const auto key = std::pair(id, k2);
        const auto known = model.find(key);
        const bool newer = known == model.end() || !known->second.cursor ||
                           (cursor && *cursor >= *known->second.cursor);
        if (newer) model[key] = {cursor, deleted ? std::nullopt : std::optional(v)};
      }
      writer->append(0, batch_of(orders, rows));
    }
    writer->commit(commit_of(0, std::to_string(group)));
    if (below(8) == 0) {
      writer.reset();
      writer = open(directory.database(), request({orders}, 1, ++attempt), options);
    }
  }
  writer->commit(commit_of(0, "done", true));

  Rows expected;
  for (const auto& [key, known] : model)
    if (known.v)
      expected.push_back(fmt::format("{}|{}|{}|{}", key.first, key.second, *known.v,
                                     known.cursor ? std::to_string(*known.cursor) : "∅"));
  CHECK(query(directory.database(),
              "select coalesce(id, -1), coalesce(k2, ''), v, c from orders order by 1, 2") ==
        expected);
}

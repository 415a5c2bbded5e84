#include <catch2/catch.hpp>

#include "desk.h"

using namespace desk;
using wharf::record::Kind;
using Rows = std::vector<std::string>;

namespace {

// One value through one column: how it is kept, and whether it says so.
std::string kept(Type type, Value value) {
  Directory directory;
  const auto values = stream(kAppend, 1, "t", {{"x", type}});
  auto writer = open(directory.database(), request({values}));
  writer->append(0, batch_of(values, {{value}}));
  writer->commit(commit_of(0, "{}"));
  return query(directory.database(), "select typeof(x), x from t").at(0);
}

}  // namespace

TEST_CASE(
    "F-03, F-04: numbers are kept by value, digit for digit where no number of SQLite's holds "
    "them") {
  CHECK(kept(Type::integer, Value::integer(INT64_MIN)) == "integer|-9223372036854775808");
  CHECK(kept(Type::integer, Value::text(Kind::big_integer, "9223372036854775809")) ==
        "text|9223372036854775809");
  CHECK(kept(Type::number, Value::number(19.99)) == "real|19.99");
  CHECK(kept(Type::number, Value::integer(5)) == "real|5.0");
  CHECK(kept(Type::number, Value::integer(9'007'199'254'740'993)) == "integer|9007199254740993");
  const std::string digits = "0.1234567890123456789012345678901234567890";
  CHECK(kept(Type::number, Value::text(Kind::big_decimal, digits)) == "text|" + digits);
  CHECK(kept(Type::number, Value::text(Kind::big_decimal, "1e400")) == "text|1e400");
}

TEST_CASE("texts that look like numbers stay texts, and times are ISO texts in UTC") {
  CHECK(kept(Type::string, Value::string("007")) == "text|007");
  CHECK(kept(Type::string, Value::string("")) == "text|");
  CHECK(kept(Type::boolean, Value::boolean(true)) == "integer|1");
  CHECK(kept(Type::date, Value::date(19'723)) == "text|2024-01-01");
  CHECK(kept(Type::timestamp_tz, Value::timestamp_tz(1'704'067'200, 500'000'000, 3600)) ==
        "text|2024-01-01T00:00:00.5Z");
  CHECK(kept(Type::timestamp, Value::timestamp(1'704'067'200, 0)) == "text|2024-01-01T00:00:00");
  CHECK(kept(Type::object, Value::json(R"({"a":1e400})")) == R"(text|{"a":1e400})");
  CHECK(kept(Type::any, Value::json("123")) == "text|123");
}

TEST_CASE("changes that came with a row are in its meta column") {
  Directory directory;
  const auto values = stream(kAppend, 1, "t", {{"x", Type::integer}});
  auto rows = batch_of(values, {{Value::integer(1)}, {Value::null()}});
  rows.add_change("x", wharf::record::Change::nulled, wharf::record::Reason::source_serialization);
  auto writer = open(directory.database(), request({values}));
  writer->append(0, rows);
  writer->commit(commit_of(0, "{}"));
  CHECK(query(directory.database(),
              "select json_extract(_airbyte_meta, '$.changes[0].reason') "
              "from t order by rowid") == Rows{"∅", "SOURCE_SERIALIZATION_ERROR"});
}

TEST_CASE("F-03: a user's column that would round a number has null instead, and the row says so") {
  Directory directory;
  const auto values = stream(kAppend, 1, "t", {{"x", Type::number}, {"y", Type::string}});
  execute(directory.database(), "create table t (x real, y integer)");
  auto writer = open(directory.database(), request({values}));
  writer->append(0, batch_of(values, {{Value::integer(9'007'199'254'740'993), Value::string("007")},
                                      {Value::number(0.5), Value::string("word")}}));
  writer->commit(commit_of(0, "{}"));
  CHECK(query(directory.database(),
              "select x, y, json_array_length(_airbyte_meta, '$.changes') from t") ==
        Rows{"∅|∅|2", "0.5|word|0"});
}

TEST_CASE("a column that changed its type keeps what it has and takes the new values") {
  Directory directory;
  const auto before = stream(kAppend, 1, "t", {{"x", Type::string}, {"y", Type::integer}});
  {
    auto writer = open(directory.database(), request({before}));
    writer->append(0, batch_of(before, {{Value::string("a"), Value::integer(1)}}));
    writer->commit(commit_of(0, "{}"));
  }
  const auto after = stream(kAppend, 1, "t", {{"x", Type::number}, {"y", Type::string}});
  auto writer = open(directory.database(), request({after}, 2));
  writer->append(0, batch_of(after, {{Value::number(0.30000000000000004), Value::string("007")}}));
  writer->commit(commit_of(0, "{}"));
  CHECK(query(directory.database(), "select x, y from t") ==
        Rows{"a|1", "0.30000000000000004|007"});
}

TEST_CASE("columns added to a stream are added to its table, removed ones stay") {
  Directory directory;
  const auto mode = GENERATE(kAppend, kDedup, kAppendStaged);
  auto narrow = stream(mode, 1, "t", {{"id", Type::integer}, {"c", Type::integer}});
  {
    auto writer = open(directory.database(), request({narrow}));
    writer->append(0, batch_of(narrow, {{Value::integer(1), Value::integer(1)}}));
    writer->commit(commit_of(0, "{}", true));
  }
  auto wide =
      stream(mode, 2, "t", {{"new", Type::string}, {"id", Type::integer}, {"c", Type::integer}});
  auto writer = open(directory.database(), request({wide}, 2));
  writer->append(0, batch_of(wide, {{Value::string("n"), Value::integer(2), Value::integer(1)}}));
  writer->commit(commit_of(0, "{}", true));
  writer.reset();
  auto other = stream(mode, 3, "t", {{"id", Type::integer}, {"c", Type::integer}});
  writer = open(directory.database(), request({other}, 3));
  writer->append(0, batch_of(other, {{Value::integer(3), Value::integer(1)}}));
  writer->commit(commit_of(0, "{}", true));
  CHECK(query(directory.database(), "select id, new from t order by id") ==
        Rows{"1|∅", "2|n", "3|∅"});
}

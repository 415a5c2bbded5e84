#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>

#include "connectors/destination_sqlite/schema_view.h"
#include "desk.h"

using namespace desk;
using namespace std::chrono_literals;
using wharf::ErrorCode;
using wharf::Failure;
using Rows = std::vector<std::string>;

namespace {

void overwrite(const Directory& directory, std::int64_t generation, const std::vector<Row>& rows) {
  const auto orders = stream(kOverwrite, generation);
  auto writer = open(directory.database(), request({orders}, generation));
  writer->append(0, batch(orders, rows));
  writer->commit(commit_of(0, "{}", true));
}

template <class F>
ErrorCode code_of(F&& f) {
  try {
    f();
  } catch (const Failure& failure) {
    INFO(failure.what());
    return failure.error().code;
  }
  FAIL("did not fail");
  return ErrorCode::internal;
}

}  // namespace

TEST_CASE(
    "F-12: a swap keeps the user's views, triggers, indexes, defaults and generated columns") {
  Directory directory;
  overwrite(directory, 1, {{1, "old", 1}});
  execute(directory.database(),
          "create view totals as select count(*) as n, max(v) as v from orders;"
          "create index by_v on orders (v);"
          "create unique index by_id on orders (id) where id > 0;"
          "create table log (v);"
          "create trigger on_delete after delete on orders begin insert into log select old.v from "
          "orders; end;"
          "create trigger of_log after insert on log begin delete from orders where v = new.v; end;"
          "alter table orders add column note text default 'none';"
          "alter table orders add column twice integer generated always as (id * 2)");
  overwrite(directory, 2, {{2, "new", 2}, {3, "newer", 3}});
  CHECK(query(directory.database(), "select * from totals") == Rows{"2|newer"});
  CHECK(query(directory.database(), "select note, twice from orders order by id") ==
        Rows{"none|4", "none|6"});
  CHECK(
      query(directory.database(),
            "select name, tbl_name from sqlite_schema where type in ('index', 'trigger') and name "
            "not like '\\_wharf%' escape '\\' and sql is not null order by name") ==
      Rows{"by_id|orders", "by_v|orders", "of_log|log", "on_delete|orders"});
  execute(directory.database(), "delete from orders where id = 2");
  CHECK(query(directory.database(), "select * from log") == Rows{"new"});
  CHECK(query(directory.database(), "pragma integrity_check") == Rows{"ok"});
}

TEST_CASE("F-12: a swap builds no index: it grew with the rows, and only its name changes") {
  Directory directory;
  overwrite(directory, 1, {{1, "old", 1}});
  execute(directory.database(),
          "create index 'by v' on orders (v) where id > 0; create unique index by_id on orders "
          "(id desc, v collate nocase); create index gone on orders (v)");
  const auto root = [&](const std::string& index) {
    return query(directory.database(), "select rootpage from sqlite_schema where name = '" + index +
                                           "' and type = 'index'");
  };
  const auto orders = stream(kOverwrite, 2);
  auto writer = open(directory.database(), request({orders}, 2));
  writer->append(0, batch(orders, {{2, "new", 2}}));
  writer->commit(commit_of(0, "1"));
  const auto by_v = root("_wharf_copy_of_by v");
  const auto by_id = root("_wharf_copy_of_by_id");
  REQUIRE(by_v.size() == 1);
  REQUIRE(by_id.size() == 1);
  execute(directory.database(), "drop index gone; create index late on orders (v, id)");
  writer->append(0, batch(orders, {{3, "newer", 3}}));
  writer->commit(commit_of(0, "2", true));
  CHECK(root("by v") == by_v);
  CHECK(root("by_id") == by_id);
  CHECK(query(directory.database(),
              "select name from sqlite_schema where type = 'index' and sql is not "
              "null order by name") == Rows{"by v", "by_id", "late"});
  CHECK(query(directory.database(),
              "select id from orders indexed by 'by v' where id > 0 and v > "
              "'' order by v") == Rows{"2", "3"});
  CHECK(query(directory.database(), "pragma integrity_check") == Rows{"ok"});
}

TEST_CASE("F-12: a table whose row numbers are the user's is emptied and filled in place") {
  Directory directory;
  overwrite(directory, 1, {{1, "old", 1}});
  execute(
      directory.database(),
      "alter table orders rename to former; create table orders (id integer primary key, v text, "
      "c integer, _airbyte_raw_id, _airbyte_extracted_at, _airbyte_generation_id, "
      "_airbyte_meta); insert into orders (id, v, c) select id, v, c from former; drop table "
      "former");
  overwrite(directory, 2, {{9, "new", 2}, {4, "new", 3}});
  CHECK(rows_of(directory.database()) == Rows{"4|new|3", "9|new|2"});
  const auto appended = stream(kAppend, 2);
  auto writer = open(directory.database(), request({appended}, 3));
  writer->append(0, batch(appended, {{2, "more", 1}}));
  writer->commit(commit_of(0, "{}"));
  CHECK(rows_of(directory.database()) == Rows{"2|more|1", "4|new|3", "9|new|2"});
}

TEST_CASE("F-11: a table belongs to one connection; a table of other hands is refused by name") {
  Directory directory;
  overwrite(directory, 1, {{1, "mine", 1}});
  const auto orders = stream(kOverwrite, 1);
  CHECK(code_of([&] { open(directory.database(), request({orders}, 1, 0, "two")); }) ==
        ErrorCode::data_foreign);
  execute(directory.database(), "create table users (a); insert into users values (1)");
  const auto users = stream(kOverwrite, 1, "users");
  CHECK(code_of([&] { open(directory.database(), request({users}, 1, 0, "two")); }) ==
        ErrorCode::data_foreign);
  execute(directory.database(), "drop table orders");
  CHECK_NOTHROW(open(directory.database(), request({orders}, 1, 0, "two")));
  execute(directory.database(), "create view seen as select 1");
  CHECK(code_of([&] { open(directory.database(), request({stream(kAppend, 1, "seen")})); }) ==
        ErrorCode::data_foreign);
}

TEST_CASE("F-11: the writer's lock holds for its life; other tables may be written beside it") {
  Directory directory;
  const auto orders = stream(kAppend);
  const auto users = stream(kAppend, 1, "users");
  auto writer = open(directory.database(), request({orders}));
  CHECK(code_of([&] { open(directory.database(), request({orders})); }) == ErrorCode::conflict);
  CHECK(code_of([&] { open(directory.database(), request({users})); }) == ErrorCode::conflict);
  auto beside = open(directory.database(), request({users}, 1, 0, "two"));
  writer->append(0, batch(orders, {{1, "a", 1}}));
  writer->commit(commit_of(0, "1"));
  beside->append(0, batch(users, {{2, "b", 1}}));
  beside->commit(commit_of(0, "1"));
  CHECK(rows_of(directory.database(), "users") == Rows{"2|b|1"});
  writer.reset();
  CHECK_NOTHROW(open(directory.database(), request({orders})));
}

TEST_CASE(
    "F-81: a foreign lock fails by name; a reader that holds the log at the end fails nothing") {
  Directory directory;
  overwrite(directory, 1, {{1, "a", 1}});
  const auto orders = stream(kAppend, 1);
  Options options;
  options.busy_timeout = 50ms;
  auto writer = open(directory.database(), request({orders}, 2), options);
  wharf::sqlite::Connection other(directory.database().string());
  SECTION("a writer") {
    other.execute("begin immediate");
    CHECK(code_of([&] { writer->append(0, batch(orders, {{2, "b", 1}})); }) == ErrorCode::conflict);
  }
  SECTION("a reader") {
    other.execute("begin; select * from orders");
    writer->append(0, batch(orders, {{2, "b", 1}}));
    writer->commit(commit_of(0, "1"));
    CHECK_NOTHROW(writer.reset());
  }
}

TEST_CASE("disk full is a failure of the environment, and what was committed stays") {
  Directory directory;
  const auto orders = stream(kAppend);
  {
    auto writer = open(directory.database(), request({orders}));
    writer->append(0, batch(orders, {{1, "a", 1}}));
    writer->commit(commit_of(0, "1"));
  }
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {  // a file that may not grow is what a full disk looks like
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{200'000, 200'000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    ErrorCode code = ErrorCode::internal;
    try {
      auto writer = open(directory.database(), request({orders}));
      for (int i = 0; i < 10; ++i) {
        writer->append(0, batch(orders, {{2, std::string(100'000, 'x'), 1}}));
        writer->commit(commit_of(0, "2"));
      }
    } catch (const Failure& failure) {
      code = failure.error().code;
    }
    ::_exit(code == ErrorCode::environment ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  auto writer = open(directory.database(), request({orders}));
  const auto rows = query(directory.database(), "select count(*) from orders").at(0);
  CHECK(held_of(*writer)->state == (rows == "1" ? "1" : "2"));
  CHECK(query(directory.database(), "pragma integrity_check") == Rows{"ok"});
}

TEST_CASE("a table's definition is taken over under another name, however the name was written") {
  using wharf::connectors::sqlite_destination::renamed_sql;
  CHECK(renamed_sql("CREATE TABLE a(x)", "b") == "CREATE TABLE \"b\"(x)");
  CHECK(renamed_sql("CREATE TABLE \"a\"\"(\" (x)", "b") == "CREATE TABLE \"b\" (x)");
  CHECK(renamed_sql("CREATE TABLE [a(] (x)", "b") == "CREATE TABLE \"b\" (x)");
  CHECK(renamed_sql("CREATE TABLE `a` (x)", "b") == "CREATE TABLE \"b\" (x)");
}

TEST_CASE("an index's definition is taken over under other names, or not at all") {
  using wharf::connectors::sqlite_destination::index_sql_for;
  CHECK(index_sql_for("CREATE INDEX a on t(x)", "b", "u") == "CREATE INDEX \"b\" on \"u\" (x)");
  CHECK(index_sql_for("CREATE UNIQUE INDEX \"a on\" ON [t(] (x) where y", "b", "u") ==
        "CREATE UNIQUE INDEX \"b\" on \"u\" (x) where y");
  CHECK(index_sql_for("CREATE INDEX a\nOn\t`t`\n(x)", "b", "u") ==
        "CREATE INDEX \"b\" on \"u\" (x)");
  CHECK_FALSE(index_sql_for("CREATE INDEX a /* of t */ on t (x)", "b", "u"));
  CHECK_FALSE(index_sql_for("CREATE INDEX a on t", "b", "u"));
}

#include "sqlite/migrate.h"
#include "sqlite/statement.h"
#include "sqlite/transaction.h"

#include <catch2/catch.hpp>
#include <cstring>
#include <string>

using namespace wharf;
using sqlite::Connection;
using sqlite::Migration;
using sqlite::Savepoint;
using sqlite::SqliteError;
using sqlite::Statement;
using sqlite::Transaction;

TEST_CASE("values come back from SQLite as they were bound") {
  Connection db(":memory:");
  db.execute("create table t (i int, r real, s text, b blob, n text) strict");
  const std::byte bytes[] = {std::byte{0}, std::byte{255}};
  Statement insert(db, "insert into t values (?, ?, ?, ?, ?)");
  insert.bind(1, std::int64_t{-9'223'372'036'854'775'807 - 1});
  insert.bind(2, 0.1);
  insert.bind(3, std::string_view("zwölf\0x", 8));
  insert.bind_blob(4, bytes);
  insert.bind(5, nullptr);
  insert.step_and_reset();

  auto run = db.statement("select * from t").run();
  REQUIRE(run.next());
  CHECK(run.integer(0) == std::numeric_limits<std::int64_t>::min());
  CHECK(run.real(1) == 0.1);
  CHECK(run.text(2) == std::string_view("zwölf\0x", 8));
  REQUIRE(run.blob(3).size() == 2);
  CHECK(run.blob(3)[1] == std::byte{255});
  CHECK(run.null(4));
  CHECK(run.optional_string(4) == std::nullopt);
  CHECK_FALSE(run.next());
}

TEST_CASE("an empty text is a text and not null") {
  Connection db(":memory:");
  db.execute("create table t (s text)");
  db.statement("insert into t values (?)").execute(std::string_view{});
  CHECK(db.number("select count(*) from t where s = ''") == 1);
}

TEST_CASE("a Run keeps the texts it was given, an execute borrows them") {
  Connection db(":memory:");
  db.execute(
      "create table t (s text); insert into t values ('a-long-enough-text-not-to-be-short')");
  auto run = db.statement("select s from t where s = ?")
                 .run(std::string("a-long-enough-") + "text-not-to-be-short");
  CHECK(run.next());
}

TEST_CASE("a statement can be run again after its Run has ended, and after it has failed") {
  Connection db(":memory:");
  db.execute("create table t (i integer primary key)");
  auto& insert = db.statement("insert into t values (?)");
  insert.execute(1);
  CHECK_THROWS_AS(insert.execute(1), SqliteError);
  insert.execute(2);
  for (int i = 0; i < 2; ++i) {
    auto run = db.statement("select i from t where i > ?").run(1);
    CHECK(run.next());
  }
}

TEST_CASE("an error says its kind and its statement, and no value") {
  Connection db(":memory:");
  db.execute("create table t (s text primary key)");
  auto& insert = db.statement("insert into t values (?)");
  insert.execute("hunter2");
  try {
    insert.execute("hunter2");
    FAIL("a second row with the same key");
  } catch (const SqliteError& error) {
    CHECK(error.constraint());
    CHECK(std::string(error.what()).find("insert into t") != std::string::npos);
    CHECK(std::string(error.what()).find("hunter2") == std::string::npos);
  }
}

TEST_CASE("a transaction that is not committed has not been") {
  Connection db(":memory:");
  db.execute("create table t (i int)");
  {
    Transaction tx(db);
    tx.statement("insert into t values (1)").execute();
  }
  CHECK(db.number("select count(*) from t") == 0);
  {
    Transaction tx(db);
    tx.statement("insert into t values (1)").execute();
    tx.commit();
  }
  CHECK(db.number("select count(*) from t") == 1);
}

TEST_CASE("a savepoint undoes itself alone") {
  Connection db(":memory:");
  db.execute("create table t (i int)");
  Transaction tx(db);
  tx.statement("insert into t values (1)").execute();
  {
    Savepoint part(tx);
    db.execute("insert into t values (2)");
  }
  {
    Savepoint part(tx);
    db.execute("insert into t values (3)");
    part.release();
  }
  tx.commit();
  CHECK(db.number("select sum(i) from t") == 4);
}

TEST_CASE("migrations run once each, in order, and leave their number") {
  Connection db(":memory:");
  const Migration first[] = {{1, "0001_a", "create table a (i int)"}};
  const Migration both[] = {first[0], {2, "0002_b", "create table b (i int); drop table a"}};
  REQUIRE(sqlite::migrate(db, first).has_value());
  CHECK(sqlite::schema_version(db) == 1);
  REQUIRE(sqlite::migrate(db, both).has_value());
  REQUIRE(sqlite::migrate(db, both).has_value());
  CHECK(sqlite::schema_version(db) == 2);
  CHECK(db.number("select count(*) from sqlite_schema where name = 'a'") == 0);
}

TEST_CASE("F-45: a migration that fails leaves the database as it was before it") {
  Connection db(":memory:");
  const Migration broken[] = {
      {1, "0001_a", "create table a (i int)"},
      {2, "0002_b", "create table b (i int); insert into nowhere values (1)"}};
  CHECK_THROWS_AS(sqlite::migrate(db, broken), SqliteError);
  CHECK(sqlite::schema_version(db) == 1);
  CHECK(db.number("select count(*) from sqlite_schema where name = 'b'") == 0);
}

TEST_CASE("a database of a newer program is refused by name and left alone") {
  Connection db(":memory:");
  db.execute("pragma user_version = 7");
  const Migration only[] = {{1, "0001_a", "create table a (i int)"}};
  auto migrated = sqlite::migrate(db, only);
  REQUIRE_FALSE(migrated.has_value());
  CHECK(migrated.error().code == ErrorCode::environment);
  CHECK(migrated.error().message.find("schema 7") != std::string::npos);
  CHECK(db.number("select count(*) from sqlite_schema") == 0);
}

TEST_CASE("names are quoted whatever they hold") {
  Connection db(":memory:");
  db.execute("create table " + sqlite::quoted_name("a \"b\"; drop") + " (i int)");
  CHECK(db.number("select count(*) from sqlite_schema where name = 'a \"b\"; drop'") == 1);
}

#include "definition/definition_table.h"

#include <catch2/catch.hpp>

#include "database/migrations.h"
#include "definition/answer_table.h"

using namespace wharf;
using namespace wharf::definition;

namespace {
struct Store {
  sqlite::Connection db{":memory:"};
  std::optional<sqlite::Transaction> open;
  Store() {
    REQUIRE(sqlite::migrate(db, database::migrations()).has_value());
    open.emplace(db);
  }
};

Definition command_definition() {
  Definition definition;
  definition.id = base::DefinitionId("id");
  definition.kind = Kind::source;
  definition.name = "faker, the real one";
  definition.program = Command{{"/bin/sh", "-c", "a \"b\""}, {{"LANG", "C.UTF-8"}}, "/var/empty"};
  definition.ipc = R"({"dataChannel":{}})";
  definition.resumable_full_refresh = true;
  definition.max_between_messages = std::chrono::seconds(90);
  return definition;
}
}  // namespace

TEST_CASE("definitions come back as they were put, built-ins and commands") {
  Store store;
  auto command = command_definition();
  definition_table::put(*store.open, command);
  for (const auto& builtin : builtin_definitions())
    definition_table::put(*store.open, definition_of(builtin));

  const auto read = definition_table::get(store.db, command.id).value();
  CHECK(read.name == command.name);
  CHECK(read.program == command.program);
  CHECK(read.ipc == command.ipc);
  CHECK(read.resumable_full_refresh);
  CHECK(read.max_between_messages == std::chrono::seconds(90));
  CHECK_FALSE(read.holds_position);
  CHECK_FALSE(read.is_builtin());
  CHECK(definition_table::all(store.db).size() == builtin_definitions().size() + 1);

  const auto* sqlite = find_builtin("destination-sqlite");
  const auto ours =
      definition_table::get(store.db, base::DefinitionId(std::string(sqlite->id))).value();
  CHECK(ours.is_builtin());
  CHECK(ours.holds_position);
  CHECK(ours.supports_refreshes);
  CHECK_FALSE(ours.max_between_messages.has_value());
}

TEST_CASE("a definition put again replaces what stands there") {
  Store store;
  auto definition = command_definition();
  definition_table::put(*store.open, definition);
  definition.program = Builtin{"source-faker"};
  definition_table::put(*store.open, definition);
  CHECK(definition_table::get(store.db, definition.id)->is_builtin());
  CHECK(definition_table::all(store.db).size() == 1);
}

TEST_CASE("a fingerprint changes with the program") {
  auto definition = command_definition();
  const auto before = fingerprint(definition);
  CHECK(before == fingerprint(definition));
  std::get<Command>(definition.program).argv.push_back("x");
  CHECK(before != fingerprint(definition));
}

TEST_CASE("F-73: an answer is found again for the same connector and configuration alone") {
  Store store;
  const AnswerKey key{Question::discover, "fp", "hash"};
  answer_table::put(*store.open, key, {R"({"streams":[]})", base::from_millis(5)});
  REQUIRE(answer_table::get(store.db, key).has_value());
  CHECK(answer_table::get(store.db, key)->body == R"({"streams":[]})");
  CHECK_FALSE(answer_table::get(store.db, {Question::check, "fp", "hash"}).has_value());
  CHECK_FALSE(answer_table::get(store.db, {Question::discover, "fp", "other"}).has_value());
  answer_table::forget_before(*store.open, base::from_millis(6));
  CHECK_FALSE(answer_table::get(store.db, key).has_value());
}

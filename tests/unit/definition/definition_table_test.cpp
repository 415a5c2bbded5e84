#include "definition/definition_table.h"

#include <catch2/catch.hpp>
#include <tuple>

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

namespace {
Definition image_definition() {
  Definition definition;
  definition.id = base::DefinitionId("image");
  definition.name = "faker in a container";
  definition.program = Image{"airbyte/source-faker:6.2.10",
                             {{"TZ", "UTC"}},
                             {.milli_cpus = 500, .memory = 512u << 20},
                             ""};
  definition.documentation_url = "https://docs.example";
  definition.custom = true;
  return definition;
}
}  // namespace

TEST_CASE("an image comes back as it was put, and with the digest that was seen of it last") {
  Store store;
  auto image = image_definition();
  definition_table::put(*store.open, image);
  auto read = definition_table::get(store.db, image.id).value();
  CHECK(read.program == image.program);
  CHECK(read.documentation_url == image.documentation_url);
  CHECK(read.custom);
  CHECK_FALSE(read.is_builtin());
  CHECK(definition_table::has_images(store.db));

  definition_table::note_digest(*store.open, "airbyte/source-faker:6.2.10", "sha256:1");
  definition_table::note_digest(*store.open, "airbyte/source-faker:6.2.10", "sha256:2");
  read = definition_table::get(store.db, image.id).value();
  CHECK(std::get<Image>(read.program).digest == "sha256:2");
  definition_table::recall_digest(store.db, image);
  CHECK(image.program == read.program);
}

TEST_CASE("a deleted definition is there for what refers to it, and nowhere else") {
  Store store;
  auto image = image_definition();
  image.deleted = true;
  definition_table::put(*store.open, image);
  CHECK(definition_table::get(store.db, image.id)->deleted);
  CHECK(definition_table::all(store.db).empty());
  CHECK_FALSE(definition_table::is_used(store.db, image.id));
}

TEST_CASE(
    "another tag of an image answers anew and is the same connector; so does another digest") {
  auto image = image_definition();
  const auto id = identity(image);
  const auto mark = fingerprint(image);
  CHECK(fingerprint(with_digest(image, "sha256:1")) != mark);
  std::get<Image>(image.program).reference = "airbyte/source-faker:6.2.11";
  CHECK(identity(image) == id);
  CHECK(fingerprint(image) != mark);
  std::get<Image>(image.program).reference = "airbyte/source-file:6.2.11";
  CHECK(identity(image) != id);
}

TEST_CASE("an image's name is what stands before its tag or digest") {
  const auto digest = "sha256:" + std::string(64, 'a');
  for (const auto& [reference, repository, tag] :
       {std::tuple<std::string, std::string, std::string>{"busybox", "busybox", "latest"},
        {"airbyte/source-x:1.2.3", "airbyte/source-x", "1.2.3"},
        {"localhost:5000/a/b:1", "localhost:5000/a/b", "1"},
        {"localhost:5000/a/b", "localhost:5000/a/b", "latest"},
        {"ghcr.io/a/b@" + digest, "ghcr.io/a/b", digest}}) {
    INFO(reference);
    const auto name = image_name(reference);
    CHECK(name.repository == repository);
    CHECK(name.tag == tag);
    CHECK(image_name(image_reference(name)).tag == tag);
  }
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

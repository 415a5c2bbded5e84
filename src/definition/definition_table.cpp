#include "definition/definition_table.h"

#include <nlohmann/json.hpp>

#include "definition/resources.h"
#include "sqlite/statement.h"

namespace wharf::definition::definition_table {
namespace {

constexpr std::string_view kSelect = R"sql(
  select id, kind, name, builtin, command, environment, working_directory, ipc,
    supports_refreshes, holds_position, resumable_full_refresh, max_seconds_between_messages,
    image, resources, digest, documentation_url, custom, tombstone
  from definition left join seen_image on reference = image
)sql";

std::string dump(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

using Words = std::map<std::string, std::string>;

Program read_program(const sqlite::Run& run) {
  if (!run.null(3)) return Builtin{run.string(3)};
  auto environment = nlohmann::json::parse(run.text(5)).get<Words>();
  if (!run.null(12)) {
    return Image{run.string(12), std::move(environment), parse_resources(run.string(13)),
                 run.optional_string(14).value_or("")};
  }
  return Command{nlohmann::json::parse(run.text(4)).get<std::vector<std::string>>(),
                 std::move(environment), run.string(6)};
}

Definition read(const sqlite::Run& run) {
  Definition definition;
  definition.id = base::DefinitionId(run.string(0));
  definition.kind = run.text(1) == name_of(Kind::source) ? Kind::source : Kind::destination;
  definition.name = run.string(2);
  definition.program = read_program(run);
  definition.ipc = run.optional_string(7);
  definition.supports_refreshes = run.integer(8) != 0;
  definition.holds_position = run.integer(9) != 0;
  definition.resumable_full_refresh = run.integer(10) != 0;
  if (!run.null(11)) definition.max_between_messages = std::chrono::seconds(run.integer(11));
  definition.documentation_url = run.optional_string(15).value_or("");
  definition.custom = run.integer(16) != 0;
  definition.deleted = run.integer(17) != 0;
  return definition;
}

std::optional<std::string> unless_empty(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

// The columns that say which program it is.
struct ProgramColumns {
  std::optional<std::string> builtin, argv, working_directory, image;
  std::string environment = "{}";
  std::string resources = "{}";
};

ProgramColumns columns_of(const Program& program) {
  ProgramColumns columns;
  if (const auto* ours = std::get_if<Builtin>(&program)) {
    columns.builtin = ours->name;
  } else if (const auto* image = std::get_if<Image>(&program)) {
    columns.image = image->reference;
    columns.environment = dump(nlohmann::json(image->environment));
    columns.resources = to_json(image->resources);
  } else {
    const auto& command = std::get<Command>(program);
    columns.argv = dump(command.argv);
    columns.environment = dump(nlohmann::json(command.environment));
    columns.working_directory = command.working_directory;
  }
  return columns;
}

}  // namespace

void put(sqlite::Transaction& transaction, const Definition& definition) {
  const auto program = columns_of(definition.program);
  std::optional<std::int64_t> silence;
  if (definition.max_between_messages) silence = definition.max_between_messages->count();
  transaction
      .statement(R"sql(
        insert into definition
          (id, kind, name, builtin, command, environment, working_directory, image,
           resources, ipc, supports_refreshes, holds_position, resumable_full_refresh,
           max_seconds_between_messages, documentation_url, custom, tombstone)
        values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        on conflict (id) do update set
          kind = excluded.kind, name = excluded.name, builtin = excluded.builtin,
          command = excluded.command, environment = excluded.environment,
          working_directory = excluded.working_directory, image = excluded.image,
          resources = excluded.resources, ipc = excluded.ipc,
          supports_refreshes = excluded.supports_refreshes,
          holds_position = excluded.holds_position,
          resumable_full_refresh = excluded.resumable_full_refresh,
          max_seconds_between_messages = excluded.max_seconds_between_messages,
          documentation_url = excluded.documentation_url, custom = excluded.custom,
          tombstone = excluded.tombstone)sql")
      .execute(definition.id, name_of(definition.kind), definition.name, program.builtin,
               program.argv, program.environment, program.working_directory, program.image,
               program.resources, definition.ipc, definition.supports_refreshes,
               definition.holds_position, definition.resumable_full_refresh, silence,
               unless_empty(definition.documentation_url), definition.custom, definition.deleted);
}

void note_digest(sqlite::Transaction& transaction, std::string_view reference,
                 std::string_view digest) {
  transaction
      .statement(R"sql(
        insert into seen_image (reference, digest) values (?, ?)
        on conflict (reference) do update set digest = excluded.digest
          where digest <> excluded.digest)sql")
      .execute(reference, digest);
}

void recall_digest(sqlite::Connection& connection, Definition& definition) {
  auto* image = std::get_if<Image>(&definition.program);
  if (image == nullptr) return;
  auto run = connection.statement("select digest from seen_image where reference = ?")
                 .run(image->reference);
  image->digest = run.next() ? run.string(0) : std::string();
}

bool has_images(sqlite::Connection& connection) {
  return connection.statement("select 1 from definition where image is not null").run().next();
}

bool is_used(sqlite::Connection& connection, const base::DefinitionId& id) {
  return connection
      .statement(R"sql(
        select 1 from source where definition_id = ?1 and tombstone = 0
        union all
        select 1 from destination where definition_id = ?1 and tombstone = 0)sql")
      .run(id)
      .next();
}

std::optional<Definition> get(sqlite::Connection& connection, const base::DefinitionId& id) {
  auto run = connection.statement(std::string(kSelect) + "where id = ?").run(id);
  if (!run.next()) return std::nullopt;
  return read(run);
}

std::vector<Definition> all(sqlite::Connection& connection) {
  std::vector<Definition> definitions;
  auto run =
      connection.statement(std::string(kSelect) + "where tombstone = 0 order by name, id").run();
  while (run.next()) definitions.push_back(read(run));
  return definitions;
}

}  // namespace wharf::definition::definition_table

namespace wharf::definition {

void seed_builtins(sqlite::Transaction& transaction) {
  for (const auto& builtin : builtin_definitions()) {
    definition_table::put(transaction, definition_of(builtin));
  }
}

}  // namespace wharf::definition

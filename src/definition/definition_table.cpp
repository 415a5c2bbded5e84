#include "definition/definition_table.h"

#include <nlohmann/json.hpp>

#include "sqlite/statement.h"

namespace wharf::definition::definition_table {
namespace {

constexpr std::string_view kSelect = R"sql(
  select id, kind, name, builtin, command, environment, working_directory, ipc,
    supports_refreshes, holds_position, resumable_full_refresh, max_seconds_between_messages
  from definition
)sql";

std::string dump(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Definition read(const sqlite::Run& run) {
  Definition definition;
  definition.id = base::DefinitionId(run.string(0));
  definition.kind = run.text(1) == name_of(Kind::source) ? Kind::source : Kind::destination;
  definition.name = run.string(2);
  if (!run.null(3)) {
    definition.program = Builtin{run.string(3)};
  } else {
    Command command;
    command.argv = nlohmann::json::parse(run.text(4)).get<std::vector<std::string>>();
    command.environment =
        nlohmann::json::parse(run.text(5)).get<std::map<std::string, std::string>>();
    command.working_directory = run.string(6);
    definition.program = std::move(command);
  }
  definition.ipc = run.optional_string(7);
  definition.supports_refreshes = run.integer(8) != 0;
  definition.holds_position = run.integer(9) != 0;
  definition.resumable_full_refresh = run.integer(10) != 0;
  if (!run.null(11)) definition.max_between_messages = std::chrono::seconds(run.integer(11));
  return definition;
}

}  // namespace

void put(sqlite::Transaction& transaction, const Definition& definition) {
  std::optional<std::string> builtin;
  std::optional<std::string> argv;
  std::optional<std::string> working_directory;
  std::string environment = "{}";
  std::optional<std::int64_t> silence;
  if (definition.max_between_messages) silence = definition.max_between_messages->count();
  if (const auto* ours = std::get_if<Builtin>(&definition.program)) {
    builtin = ours->name;
  } else {
    const auto& command = std::get<Command>(definition.program);
    argv = dump(command.argv);
    environment = dump(nlohmann::json(command.environment));
    working_directory = command.working_directory;
  }
  transaction
      .statement(R"sql(
        insert into definition
          (id, kind, name, builtin, command, environment, working_directory, ipc,
           supports_refreshes, holds_position, resumable_full_refresh,
           max_seconds_between_messages)
        values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        on conflict (id) do update set
          kind = excluded.kind, name = excluded.name, builtin = excluded.builtin,
          command = excluded.command, environment = excluded.environment,
          working_directory = excluded.working_directory, ipc = excluded.ipc,
          supports_refreshes = excluded.supports_refreshes,
          holds_position = excluded.holds_position,
          resumable_full_refresh = excluded.resumable_full_refresh,
          max_seconds_between_messages = excluded.max_seconds_between_messages)sql")
      .execute(definition.id, name_of(definition.kind), definition.name, builtin, argv, environment,
               working_directory, definition.ipc, definition.supports_refreshes,
               definition.holds_position, definition.resumable_full_refresh, silence);
}

std::optional<Definition> get(sqlite::Connection& connection, const base::DefinitionId& id) {
  auto run = connection.statement(std::string(kSelect) + "where id = ?").run(id);
  if (!run.next()) return std::nullopt;
  return read(run);
}

std::vector<Definition> all(sqlite::Connection& connection) {
  std::vector<Definition> definitions;
  auto run = connection.statement(std::string(kSelect) + "order by name, id").run();
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

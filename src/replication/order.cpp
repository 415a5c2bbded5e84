#include "replication/order.h"

#include "connection/clear_configuration.h"
#include "connection/connection_table.h"
#include "connection/destination_table.h"
#include "connection/source_table.h"
#include "definition/definition_table.h"

#include <fmt/format.h>

namespace wharf::replication {
namespace {

constexpr std::string_view kEmptySource = "source-empty";

Error missing(std::string_view what, std::string_view id) {
  return Error{ErrorCode::not_found, fmt::format("{} {} is not in the store", what, id)};
}

// A command's own environment may hold references too.
Result<void> resolve_environment(definition::Definition& definition,
                                 const connection::Environment& environment,
                                 std::vector<std::string>& secrets) {
  auto* command = std::get_if<definition::Command>(&definition.program);
  if (command == nullptr) return {};
  for (auto& [name, value] : command->environment) {
    auto resolved = connection::resolve(value, "/", environment, secrets);
    if (!resolved) return std::move(resolved).error().during("resolving env " + name);
    value = std::move(*resolved);
  }
  return {};
}

// `endpoint`: a connection::Source or a connection::Destination.
template <class Endpoint>
Result<workload::End> make_end(sqlite::Connection& store, const Endpoint& endpoint,
                               const secret::Vault& vault,
                               const connection::Environment& environment,
                               std::vector<std::string>& secrets) {
  auto definition = definition::definition_table::get(store, endpoint.definition);
  if (!definition) return missing("definition", endpoint.definition.value);
  workload::End end{std::move(*definition), endpoint.name, {}};
  if (auto done = resolve_environment(end.definition, environment, secrets); !done) {
    return std::move(done).error();
  }
  auto config = connection::clear_configuration(
      store, vault, connection::stored_configuration(endpoint), environment, secrets);
  if (!config) {
    return std::move(config).error().during(
        fmt::format("reading the configuration of '{}'", endpoint.name));
  }
  end.config = std::move(*config);
  return end;
}

// What a clear reads from: every stream it is asked for is there, and is empty.
workload::End empty_source(std::string name) {
  definition::Definition definition;
  definition.name = kEmptySource;
  definition.program = definition::Builtin{std::string(kEmptySource)};
  return {std::move(definition), std::move(name), "{}"};
}

}  // namespace

Result<AttemptOrder> make_order(sqlite::Connection& store, const secret::Vault& vault,
                                job::ClaimedJob claimed,
                                const connection::Environment& environment) {
  AttemptOrder order;
  auto connection = connection::connection_table::get(store, claimed.job.connection);
  if (!connection) return missing("connection", claimed.job.connection.value);
  auto source = connection::source_table::get(store, connection->source);
  if (!source) return missing("source", connection->source.value);
  auto destination = connection::destination_table::get(store, connection->destination);
  if (!destination) return missing("destination", connection->destination.value);

  const bool clears = claimed.job.kind == job::JobKind::clear;
  auto from = clears ? Result<workload::End>(empty_source(source->name))
                     : make_end(store, *source, vault, environment, order.secrets);
  if (!from) return std::move(from).error();
  auto to = make_end(store, *destination, vault, environment, order.secrets);
  if (!to) return std::move(to).error();
  order.mode = clears ? connection::Mode::stdio : connection->mode;
  order.input.connection = connection->id;
  order.input.source = std::move(*from);
  order.input.destination = std::move(*to);
  order.input.names = connection->mapping;
  order.input.claimed = std::move(claimed);
  return order;
}

}  // namespace wharf::replication

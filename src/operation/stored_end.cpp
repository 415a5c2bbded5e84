#include "operation/stored_end.h"

#include "definition/definition_table.h"

#include <fmt/format.h>

namespace wharf::operation {
namespace {

Result<workload::End> make_end(sqlite::Connection& store, const base::DefinitionId& connector,
                               std::string name, const protocol::JsonText& resources,
                               const connection::StoredConfiguration& stored,
                               const secret::Vault& vault,
                               const connection::Environment& environment,
                               std::vector<std::string>& secrets) {
  auto definition = definition::definition_table::get(store, connector);
  if (!definition) {
    return Error{ErrorCode::not_found,
                 fmt::format("definition {} is not in the store", connector.value)};
  }
  workload::End end{
      std::move(*definition), std::move(name), {}, definition::parse_scoped_resources(resources)};
  if (auto done = resolve_environment(end.definition, environment, secrets); !done) {
    return std::move(done).error();
  }
  auto config = connection::clear_configuration(store, vault, stored, environment, secrets);
  if (!config) {
    return std::move(config).error().during(
        fmt::format("reading the configuration of '{}'", end.name));
  }
  end.config = std::move(*config);
  return end;
}

}  // namespace

Result<void> resolve_environment(definition::Definition& definition,
                                 const connection::Environment& environment,
                                 std::vector<std::string>& secrets) {
  auto* added = definition::environment_of(definition.program);
  if (added == nullptr) return {};
  for (auto& [name, value] : *added) {
    auto resolved = connection::resolve(value, "/", environment, secrets);
    if (!resolved) return std::move(resolved).error().during("resolving env " + name);
    value = std::move(*resolved);
  }
  return {};
}

Result<workload::End> stored_end(sqlite::Connection& store, const connection::Source& source,
                                 const secret::Vault& vault,
                                 const connection::Environment& environment,
                                 std::vector<std::string>& secrets) {
  return make_end(store, source.definition, source.name, source.resources,
                  connection::stored_configuration(source), vault, environment, secrets);
}

Result<workload::End> stored_end(sqlite::Connection& store,
                                 const connection::Destination& destination,
                                 const secret::Vault& vault,
                                 const connection::Environment& environment,
                                 std::vector<std::string>& secrets) {
  return make_end(store, destination.definition, destination.name, destination.resources,
                  connection::stored_configuration(destination), vault, environment, secrets);
}

Result<workload::End> stored_end(sqlite::Connection& store,
                                 const connection::StoredEndpoint& endpoint,
                                 const secret::Vault& vault,
                                 const connection::Environment& environment,
                                 std::vector<std::string>& secrets) {
  return make_end(store, endpoint.definition, endpoint.name, endpoint.resources,
                  endpoint.configuration(), vault, environment, secrets);
}

}  // namespace wharf::operation

#include "daemon/endpoint_preparation.h"

#include "base/private_file.h"
#include "connection/provenance_table.h"
#include "connection/sealing.h"
#include "connection/secret_fields.h"
#include "declaration/declared_id.h"
#include "definition/definition_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace wharf::daemon {
namespace {

using boost::asio::awaitable;
using connection::KeptSecret;
using connection::Thing;

Thing thing_of(definition::Kind kind) {
  return kind == definition::Kind::source ? Thing::source : Thing::destination;
}

// The one that a reference at this place means: the same place before another one.
const KeptSecret* find_kept(const std::vector<KeptSecret>& kept,
                            const connection::NamedSecret& named) {
  const KeptSecret* found = nullptr;
  for (const auto& each : kept) {
    if (each.name != named.name) continue;
    if (each.pointer == named.pointer) return &each;
    if (found == nullptr) found = &each;
  }
  return found;
}

}  // namespace

Result<void> EndpointPreparation::make() {
  id_ = declared_.id;
  if (id_.empty()) {
    const auto named = services_.database.read([&](sqlite::Connection& store) {
      return connection::provenance_table::named(store, thing_of(kind_), declared_.name);
    });
    const bool stands = !named.empty() && named.front().managed_by != "api";
    id_ = stands ? named.front().id
                 : declaration::declared_id(definition::name_of(kind_), declared_.name);
  }
  auto made = make_endpoint(declared_, kind_, services_.environment,
                            [this](const std::string& name) { return secret(name); });
  if (!made) return std::move(made).error();
  endpoint_.emplace(std::move(*made));
  endpoint_->respondent.patience = services_.patience;
  return {};
}

std::optional<connection::StoredEndpoint> EndpointPreparation::stored(
    sqlite::Connection& store) const {
  return connection::endpoint_table::get(store, kind_, id_);
}

bool EndpointPreparation::resources_stand(sqlite::Connection& store) const {
  const auto row = stored(store);
  if (!row) return false;
  const auto definition = definition::definition_table::get(store, row->definition);
  if (!definition) return false;
  const auto of_image = [](const definition::Definition& each) {
    const auto* image = std::get_if<definition::Image>(&each.program);
    return image == nullptr ? definition::Resources{} : image->resources;
  };
  return definition::parse_scoped_resources(row->resources) == declared_.resources &&
         of_image(*definition) == of_image(endpoint_->respondent.definition);
}

// Given with the declaration, or kept from before.
Result<std::optional<std::string>> EndpointPreparation::secret(const std::string& name) const {
  using Value = std::optional<std::string>;
  if (const auto given = services_.secrets.find(name); given != services_.secrets.end()) {
    return Value(given->second);
  }
  return services_.database.read([&](sqlite::Connection& store) -> Result<Value> {
    const auto present = stored(store);
    if (!present) return Value();
    const auto prefix = connection::secret_prefix(definition::name_of(kind_), present->name);
    for (const auto& kept : connection::kept_secrets(present->config, prefix)) {
      if (kept.name != name || !secret::Vault::belongs_to(kept.coordinate, id_)) continue;
      auto text = services_.vault.reveal(store, kept.coordinate);
      if (!text) return std::move(text).error();
      return Value(std::move(*text));
    }
    return Value();
  });
}

awaitable<Result<std::vector<declaration::Problem>>> EndpointPreparation::check() {
  auto spec = co_await services_.inquiry.spec(endpoint_->respondent);
  if (!spec) co_return cleared(std::move(spec).error());
  endpoint_->schema = spec->connection_specification;
  modes_ = spec->supported_destination_sync_modes;
  auto problems = violations(*endpoint_, *spec);
  for (auto& problem : problems) problem.message = without_secrets(problem.message, *endpoint_);
  co_return problems;
}

void EndpointPreparation::recall_schema() {
  if (!endpoint_->schema.empty()) return;
  if (const auto spec = services_.inquiry.known_spec(endpoint_->respondent.definition))
    endpoint_->schema = spec->connection_specification;
}

std::optional<std::string> EndpointPreparation::exposure() const {
  if (endpoint_->schema.empty()) return std::nullopt;
  auto given = connection::split_secrets(endpoint_->stored_config, endpoint_->schema, "", true);
  std::erase_if(given.secrets, [&](const auto& secret) {
    return std::ranges::any_of(endpoint_->named_secrets,
                               [&](const auto& named) { return named.pointer == secret.pointer; });
  });
  if (given.secrets.empty()) return std::nullopt;
  const auto kept = base::require_private_file(declared_.place.file);
  if (kept) return std::nullopt;
  return fmt::format("{} '{}' has a secret in clear ({}): {}; or refer to it as ${{file:…}}",
                     definition::name_of(kind_), declared_.name, given.secrets.front().pointer,
                     kept.error().message);
}

// `${secret:NAME}` → a reference to the vault: the one that stands, if it is for the same secret.
Result<protocol::JsonText> EndpointPreparation::with_references(
    sqlite::Transaction& transaction, const std::vector<KeptSecret>& kept) const {
  const auto& endpoint = *endpoint_;
  std::map<std::string, protocol::JsonText> references;
  for (const auto& named : endpoint.named_secrets) {
    const auto* standing = find_kept(kept, named);
    const auto given = services_.secrets.find(named.name);
    bool stays = standing != nullptr && secret::Vault::belongs_to(standing->coordinate, id_);
    if (stays && given != services_.secrets.end()) {
      const auto text = services_.vault.reveal(transaction, standing->coordinate);
      stays = text && *text == given->second;
    }
    if (!stays && given == services_.secrets.end()) {
      return Error{ErrorCode::conflict, "a secret of '" + declared_.name + "' is gone meanwhile"};
    }
    auto coordinate = stays ? standing->coordinate : connection::named_coordinate(id_, named.name);
    if (!stays) services_.vault.keep(transaction, coordinate, given->second);
    references[named.pointer] = connection::reference_to(coordinate);
  }
  return connection::with_values(endpoint.stored_config, references);
}

Result<void> EndpointPreparation::put(sqlite::Transaction& transaction, base::WallTime now) const {
  const auto present = stored(transaction);
  auto row = present.value_or(connection::StoredEndpoint{});
  row.kind = kind_;
  row.id = id_;
  auto former = row.configuration();
  former.is_declared = true;
  const auto prefix = connection::secret_prefix(definition::name_of(kind_), row.name);
  auto config = with_references(transaction, connection::kept_secrets(former.config, prefix));
  if (!config) return std::move(config).error();
  row.config = connection::seal_configuration(transaction, services_.vault, former, *config,
                                              endpoint_->schema);
  row.definition = endpoint_->respondent.definition.id;
  row.name = declared_.name;
  row.resources = definition::to_json(declared_.resources);
  if (!services_.managed_by.empty()) row.managed_by = services_.managed_by;
  definition::definition_table::put(transaction, endpoint_->respondent.definition);
  connection::endpoint_table::put(transaction, row, now);
  if (present && services_.managed_by.empty()) return {};
  connection::provenance_table::note(transaction, thing_of(kind_), id_,
                                     std::filesystem::absolute(declared_.place.file).string());
  return {};
}

Error EndpointPreparation::cleared(Error error) const {
  error.message = without_secrets(error.message, *endpoint_);
  return error;
}

}  // namespace wharf::daemon

#include "api/endpoints.h"

#include "api/configuration_change.h"
#include "api/connection_edits.h"
#include "api/endpoint_view.h"
#include "api/json_body.h"
#include "api/members.h"
#include "api/paging.h"
#include "api/parameters.h"
#include "api/problem.h"
#include "api/workspaces.h"
#include "base/text.h"
#include "base/uuid.h"
#include "connection/connection_table.h"
#include "definition/definition_table.h"
#include "definition/resources.h"

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>

namespace wharf::api {
namespace {

using connection::StoredEndpoint;
using definition::Kind;
using nlohmann::json;
namespace endpoints = connection::endpoint_table;

const char* id_key(Kind kind) {
  return kind == Kind::source ? "sourceId" : "destinationId";
}

// Answers have no null.
json without_nulls(json value) {
  if (value.is_object()) {
    for (auto each = value.begin(); each != value.end();) {
      each = each->is_null() ? value.erase(each) : std::next(each);
    }
  }
  if (value.is_structured()) {
    for (auto& each : value) each = without_nulls(std::move(each));
  }
  return value;
}

// What is not said stays as it was; `{}` takes it away.
void take_resources(const json& body, StoredEndpoint& endpoint) {
  const json* given = object_of(body, "resourceAllocation");
  if (given == nullptr) return;
  if (auto fits = definition::check_scoped_resources(dump(*given)); !fits) {
    throw Refused(bad_request(fits.error().message));
  }
  endpoint.resources = dump(without_nulls(*given));
}

// One kind of endpoint and what its routes do.
class Endpoints {
 public:
  Endpoints(const Services& services, Kind kind) : services_(services), kind_(kind) {}

  Response list(const Request& request) const {
    const Page page = page_of(request);
    std::string usual;
    const auto rows = services_.database.read([&](sqlite::Connection& store) {
      endpoints::Asked asked;
      asked.kind = kind_;
      usual = asked.usual_workspace = default_workspace(store).value_or("");
      asked.workspaces = wanted_workspaces(request);
      asked.deleted_too = flag_of(request, "includeDeleted");
      std::vector<Row> found;
      for (auto& each : endpoints::page(store, asked, page.limit + 1, page.offset)) {
        auto definition = definition_of(store, each);
        found.push_back({std::move(each), std::move(definition)});
      }
      return found;
    });
    Schemas schemas;
    std::vector<json> items;
    for (const auto& row : rows) items.push_back(view(row, usual, request, schemas));
    return page_response(request, page, std::move(items), {"workspaceIds", "includeDeleted"});
  }

  Response show(const Request& request) const { return answer(request, id_of(request)); }

  Response create(const Request& request) const {
    const json body = json_body(request);
    const json configuration = required_configuration(body);
    if (text_of(body, "secretId")) throw Refused(bad_request("'secretId' is not offered here."));
    StoredEndpoint made;
    made.kind = kind_;
    made.id = base::random_uuid();
    made.name = required_text(body, "name");
    made.managed_by = "api";
    made.workspace = required_word(body, "workspaceId");
    const auto definition = wanted_definition(body, configuration);
    made.definition = definition.id;
    take_resources(body, made);
    services_.database.read([&](sqlite::Connection& store) {
      if (!is_workspace(store, *made.workspace))
        throw Refused(resource_not_found("WORKSPACE", *made.workspace));
    });
    store_new(made, definition, configuration);
    return answer(request, made.id);
  }

  Response replace(const Request& request) const {
    const json body = json_body(request);
    const json configuration = required_configuration(body);
    auto stored = changeable(id_of(request));
    take_resources(body, stored);
    change(stored, required_text(body, "name"), &configuration);
    return answer(request, stored.id);
  }

  Response patch(const Request& request) const {
    const json body = json_body(request);
    auto stored = changeable(id_of(request));
    if (text_of(body, "secretId")) throw Refused(bad_request("'secretId' is not offered here."));
    take_resources(body, stored);
    auto name = text_of(body, "name").value_or(stored.name);
    if (name.empty()) throw Refused(bad_request("'name' is not to be empty."));
    if (const json* given = object_of(body, "configuration")) {
      const json merged = json::parse(
          connection::laid_over(present_configuration(services_, stored), dump(*given)));
      change(stored, std::move(name), &merged);
    } else {
      change(stored, std::move(name), nullptr);
    }
    return answer(request, stored.id);
  }

  Response remove(const Request& request) const {
    const auto stored = changeable(id_of(request));
    const auto now = services_.clock.wall();
    const auto gone = services_.database.write([&](sqlite::Transaction& transaction) {
      auto connections = connection::connection_table::of_endpoint(transaction, stored.id);
      for (const auto& each : connections) delete_connection(transaction, each, now);
      endpoints::remove(transaction, stored, now);
      return connections;
    });
    for (const auto& each : gone) services_.connection_changed(each);
    return empty_response();
  }

 private:
  using Row = KnownEndpoint;
  using Schemas = std::map<std::string, std::optional<protocol::JsonText>>;  // by definition

  std::string id_of(const Request& request) const {
    return base::to_lower(request.parameter(id_key(kind_)));
  }

  json required_configuration(const json& body) const {
    const json* given = object_of(body, "configuration");
    if (given == nullptr) throw Refused(bad_request("'configuration' is missing."));
    return *given;
  }

  definition::Definition wanted_definition(const json& body, const json& configuration) const {
    auto id = word_of(body, "definitionId");
    if (!id || id->empty()) {
      const auto type = word_of(configuration, std::string(type_key(kind_)).c_str());
      if (!type || type->empty()) {
        throw Refused(unprocessable_entity(fmt::format(
            "Which connector it is has to be said: by definitionId, or by configuration.{}.",
            type_key(kind_))));
      }
      const auto* builtin = definition::find_builtin(kind_, *type);
      if (builtin == nullptr) throw Refused(value_not_found(*type));
      id = builtin->id;
    }
    auto found = services_.database.read([&](sqlite::Connection& store) {
      return definition::definition_table::get(store, base::DefinitionId(*id));
    });
    if (!found || found->kind != kind_ || found->deleted) {
      throw Refused(resource_not_found(
          kind_ == Kind::source ? "SOURCE_DEFINITION" : "DESTINATION_DEFINITION", *id));
    }
    return std::move(*found);
  }

  void store_new(const StoredEndpoint& made, const definition::Definition& definition,
                 const json& configuration) const {
    const auto config = fitting_configuration(services_, made, definition, configuration);
    const auto schema = schema_of(made, definition);
    services_.database.write([&](sqlite::Transaction& transaction) {
      if (!is_workspace(transaction, *made.workspace))
        throw Refused(resource_not_found("WORKSPACE", *made.workspace));
      put_endpoint(transaction, services_, made, config, schema);
    });
  }

  std::string schema_of(const StoredEndpoint& endpoint,
                        const definition::Definition& definition) const {
    return services_.connectors.spec(asked(endpoint, definition)).value().connection_specification;
  }

  StoredEndpoint changeable(const std::string& id) const {
    auto stored = known_endpoint(services_, kind_, id).endpoint;
    if (stored.is_declared()) {
      throw Refused(state_conflict(
          fmt::format("The {} '{}' is managed by a file (managed_by: {}): it is changed there.",
                      definition::name_of(kind_), stored.name, stored.managed_by)));
    }
    return stored;
  }

  // Two that change it at once: the second one is told, nothing is lost unseen.
  void change(StoredEndpoint& stored, std::string name, const json* configuration) const {
    const auto definition = services_.database.read(
        [&](sqlite::Connection& store) { return definition_of(store, stored); });
    std::optional<std::string> config;
    std::string schema;
    if (configuration != nullptr) {
      config = fitting_configuration(services_, stored, definition, *configuration);
      schema = schema_of(stored, definition);
    }
    services_.database.write([&](sqlite::Transaction& transaction) {
      auto now_there = endpoints::get(transaction, kind_, stored.id);
      if (!now_there) throw Refused(resource_not_found(resource_of(kind_), stored.id));
      if (now_there->config != stored.config)
        throw Refused(state_conflict("It was changed by somebody else at the same moment."));
      now_there->name = std::move(name);
      now_there->resources = stored.resources;
      if (config) {
        put_endpoint(transaction, services_, *now_there, *config, schema);
      } else {
        endpoints::put(transaction, *now_there, services_.clock.wall());
      }
    });
  }

  // Outside of any read: what is known of a connector is read from the store too.
  json view(const Row& row, const std::string& usual_workspace, const Request& request,
            Schemas& schemas) const {
    const auto [known, fresh] = schemas.try_emplace(row.definition.id.value);
    if (fresh) {
      if (const auto spec = services_.connectors.known_spec(row.definition))
        known->second = spec->connection_specification;
    }
    return to_json(row.endpoint, {row.definition, known->second, usual_workspace}, request);
  }

  Response answer(const Request& request, const std::string& id) const {
    const auto row = known_endpoint(services_, kind_, id);
    const auto usual = services_.database.read(
        [](sqlite::Connection& store) { return default_workspace(store).value_or(""); });
    Schemas schemas;
    return json_response(dump(view(row, usual, request, schemas)));
  }

  const Services& services_;
  const Kind kind_;
};

}  // namespace

void add_endpoint_routes(Router& router, const Services& services, Kind kind) {
  const Endpoints here(services, kind);
  const std::string all = kind == Kind::source ? "/sources" : "/destinations";
  const std::string one = fmt::format("{}/{{{}}}", all, id_key(kind));
  const auto add = [&](Method method, const std::string& path, Access access,
                       Response (Endpoints::*act)(const Request&) const) {
    router.add(Base::public_api, method, path, access,
               [here, act](const Request& request) { return (here.*act)(request); });
  };
  add(Method::get, all, Access::read, &Endpoints::list);
  add(Method::post, all, Access::administer, &Endpoints::create);
  add(Method::get, one, Access::read, &Endpoints::show);
  add(Method::put, one, Access::administer, &Endpoints::replace);
  add(Method::patch, one, Access::administer, &Endpoints::patch);
  add(Method::del, one, Access::administer, &Endpoints::remove);
}

}  // namespace wharf::api

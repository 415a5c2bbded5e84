#include "api/streams.h"

#include "api/configuration_change.h"
#include "api/members.h"
#include "api/parameters.h"
#include "api/problem.h"
#include "base/text.h"
#include "connection/sync_mode.h"

#include <nlohmann/json.hpp>

namespace wharf::api {
namespace {

using definition::Kind;
using nlohmann::json;

// A path for every property, nested ones behind those that they stand in.
void add_fields(const json& schema, std::vector<std::string>& path, json& fields) {
  const auto properties = schema.is_object() ? schema.find("properties") : schema.end();
  if (properties == schema.end() || !properties->is_object() || path.size() > 32) return;
  for (const auto& [name, property] : properties->items()) {
    path.push_back(name);
    fields.push_back(path);
    add_fields(property, path, fields);
    path.pop_back();
  }
}

using Modes = std::optional<std::vector<protocol::DestinationSyncMode>>;

json shown(const protocol::Stream& stream, const Modes& destination_modes) {
  json fields = json::array();
  std::vector<std::string> path;
  add_fields(json::parse(stream.json_schema, nullptr, false), path, fields);
  json out{{"streamName", stream.descriptor.name},
           {"defaultCursorField", stream.default_cursor_field},
           {"sourceDefinedCursorField", stream.source_defined_cursor},
           {"sourceDefinedPrimaryKey", stream.source_defined_primary_key},
           {"propertyFields", std::move(fields)}};
  if (stream.descriptor.name_space) out["streamnamespace"] = *stream.descriptor.name_space;
  if (!destination_modes) return out;
  auto& names = out["syncModes"] = json::array();
  for (const auto& mode : connection::sync_modes()) {
    // Airbyte takes this one and does not list it.
    if (mode.destination == protocol::DestinationSyncMode::overwrite_dedup) continue;
    if (connection::is_available(mode, stream, *destination_modes)) names.push_back(mode.name);
  }
  return out;
}

Response list_streams(const Services& services, const Request& request) {
  const auto source_id = base::to_lower(request.query.find("sourceId").value_or(""));
  if (source_id.empty()) throw Refused(bad_request("'sourceId' is missing."));
  const auto source = known_endpoint(services, Kind::source, source_id);
  Modes modes;
  if (const auto id = request.query.find("destinationId")) {
    const auto destination = known_endpoint(services, Kind::destination, base::to_lower(*id));
    modes = services.connectors.spec(asked(destination.endpoint, destination.definition))
                .value()
                .supported_destination_sync_modes;
  }
  const bool fresh = flag_of(request, "ignoreCache");
  const auto catalog = services.connectors.discover(source.endpoint, fresh).value();
  json streams = json::array();
  for (const auto& stream : catalog.streams) streams.push_back(shown(stream, modes));
  return json_response(dump(streams));
}

}  // namespace

void add_stream_routes(Router& router, const Services& services) {
  router.add(Base::public_api, Method::get, "/streams", Access::read,
             [&services](const Request& request) { return list_streams(services, request); });
}

}  // namespace wharf::api

#pragma once
// A configuration as it comes by REST, on its way into the store.

#include "api/services.h"
#include "connection/endpoint_table.h"
#include "connection/secret_fields.h"

#include <wharf/protocol/json.h>

#include <string>

namespace wharf::api {

/// The endpoint's connector for questions, said as people know it.
Connectors::Asked asked(const connection::StoredEndpoint& endpoint,
                        const definition::Definition& definition);

/// The definition of what is stored. It is never missing: rows refer to it.
definition::Definition definition_of(sqlite::Connection& store,
                                     const connection::StoredEndpoint& endpoint);

/// An endpoint with its definition. Throws Refused (404) if there is none, or it is deleted.
struct KnownEndpoint {
  connection::StoredEndpoint endpoint;
  definition::Definition definition;
};
KnownEndpoint known_endpoint(const Services& services, definition::Kind kind,
                             const std::string& id);
/// As problems name the kind: SOURCE_CONNECTION.
const char* resource_of(definition::Kind kind);

/// `given` (an object, type key and all) in the place of `endpoint`'s configuration: masks are what
/// they stand for, and all of it fits the connector's spec, which is asked if it is not known.
/// Throws Refused (422) with the validator's words. No secret is taken apart yet.
protocol::JsonText fitting_configuration(const Services& services,
                                         const connection::StoredEndpoint& endpoint,
                                         const definition::Definition& definition,
                                         const nlohmann::json& given);

/// What a configuration is now, the connector's own word included: what a PATCH is laid over.
protocol::JsonText present_configuration(const Services& services,
                                         const connection::StoredEndpoint& endpoint);

/// Stores the endpoint with this configuration: its secrets go to the vault, those that it does not
/// have any longer leave it.
void put_endpoint(sqlite::Transaction& transaction, const Services& services,
                  connection::StoredEndpoint endpoint, const protocol::JsonText& config,
                  const protocol::JsonText& schema);

}  // namespace wharf::api

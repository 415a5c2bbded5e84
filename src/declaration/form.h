#pragma once
// What the store has, said as a declaration says it: the other direction of load. Keys stand in
// their usual order, what is at its default is left out.

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "checkpoint/generation_table.h"
#include "connection/connection.h"
#include "definition/resources.h"
#include "sqlite/connection.h"

namespace wharf::declaration {

/// An item of `sources:` or `destinations:`. Its id stands there if the name does not give it;
/// `resources` only of an image.
nlohmann::ordered_json endpoint_form(const definition::Definition& definition,
                                     std::string_view name, const std::string& id,
                                     const protocol::JsonText& configuration,
                                     const definition::ScopedResources& resources);

/// An item of `connections:`.
nlohmann::ordered_json connection_form(const connection::Connection& connection,
                                       const std::string& source, const std::string& destination);

/// Its `state:` as it stands now; null if there is none.
nlohmann::ordered_json state_form(sqlite::Connection& store,
                                  const connection::Connection& connection);

}  // namespace wharf::declaration

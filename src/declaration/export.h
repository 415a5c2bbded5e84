#pragma once
// The running system as a declaration: what `apply` makes the same system of.

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connection/provenance_table.h"
#include "sqlite/connection.h"

namespace wharf::declaration {

/// One thing as it is stored, for those who compare: secrets are references to the vault, and a
/// connection's streams say their columns. Null: it is not there.
nlohmann::ordered_json stored_form(sqlite::Connection& store, connection::Thing thing,
                                   std::string_view id);

struct Exported {
  /// The whole of it. Secrets of the vault stand in it as `${secret:NAME}`.
  nlohmann::ordered_json declaration() const;

  std::vector<nlohmann::ordered_json> sources;
  std::vector<nlohmann::ordered_json> destinations;
  std::vector<nlohmann::ordered_json> connections;
  std::vector<std::string> secrets;  ///< their names: to be given where nothing is kept under them
  std::vector<std::string> notes;    ///< what it does not say
};

/// Sources, destinations and connections, whoever manages them, by name. `with_state`: where each
/// stream stands, too.
Exported export_all(sqlite::Connection& store, bool with_state);

}  // namespace wharf::declaration

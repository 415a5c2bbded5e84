#pragma once
// Sources and destinations alike, for those who treat them alike: the API.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "connection/clear_configuration.h"
#include "definition/definition.h"
#include "sqlite/transaction.h"

namespace wharf::connection {

/// A source or a destination as the store has it.
struct StoredEndpoint {
  definition::Kind kind = definition::Kind::source;
  std::string id;
  base::DefinitionId definition;
  std::string name;
  protocol::JsonText config = "{}";  ///< secrets are references
  std::optional<Overlay> overlay;
  std::string managed_by = "file";
  protocol::JsonText resources = "{}";   ///< definition::ScopedResources, as it was given
  std::optional<std::string> workspace;  ///< none: the default one
  base::WallTime created;                ///< read only
  bool is_deleted = false;               ///< read only

  bool is_declared() const { return managed_by != "api"; }
  StoredConfiguration configuration() const { return {id, config, overlay, is_declared()}; }
};

namespace endpoint_table {

/// None: there is none, or it is deleted.
std::optional<StoredEndpoint> get(sqlite::Connection& connection, definition::Kind kind,
                                  std::string_view id);

struct Asked {
  definition::Kind kind = definition::Kind::source;
  std::string usual_workspace;                   ///< of those that name none
  std::optional<protocol::JsonText> workspaces;  ///< an array of ids; none: all
  bool deleted_too = false;
};
/// Some of them, ordered by their creation.
std::vector<StoredEndpoint> page(sqlite::Connection& connection, const Asked& asked,
                                 std::int64_t most, std::int64_t offset);

/// Adds it, or replaces what stands under its id. Of an overlay: source_table.h.
void put(sqlite::Transaction& transaction, const StoredEndpoint& endpoint, base::WallTime now);
/// Deletes it, its secrets at once. Its connections are the caller's.
void remove(sqlite::Transaction& transaction, const StoredEndpoint& endpoint, base::WallTime now);

}  // namespace endpoint_table
}  // namespace wharf::connection

#pragma once
// SQL of definition.

#include <optional>
#include <vector>

#include "definition/definition.h"
#include "sqlite/transaction.h"

namespace wharf::definition {

/// Puts every built-in of this binary into the store, as it is now.
void seed_builtins(sqlite::Transaction& transaction);

}  // namespace wharf::definition

namespace wharf::definition::definition_table {

/// Adds it, or replaces what stands under its id.
void put(sqlite::Transaction& transaction, const Definition& definition);
std::optional<Definition> get(sqlite::Connection& connection, const base::DefinitionId& id);
std::vector<Definition> all(sqlite::Connection& connection);

}  // namespace wharf::definition::definition_table

#pragma once
// SQL of definition.

#include <optional>
#include <string_view>
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
/// What the engine has under an image's reference: definitions that name it have it from now on.
void note_digest(sqlite::Transaction& transaction, std::string_view reference,
                 std::string_view digest);
/// For a definition that does not come from here: the digest of its image, if it was ever noted.
void recall_digest(sqlite::Connection& connection, Definition& definition);
/// A deleted one is there for what refers to it.
std::optional<Definition> get(sqlite::Connection& connection, const base::DefinitionId& id);
/// Without the deleted ones.
std::vector<Definition> all(sqlite::Connection& connection);
/// Whether any is an image.
bool has_images(sqlite::Connection& connection);
/// By a source or destination that is not deleted.
bool is_used(sqlite::Connection& connection, const base::DefinitionId& id);

}  // namespace wharf::definition::definition_table

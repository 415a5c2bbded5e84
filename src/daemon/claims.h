#pragma once

#include "api/declaration_wish.h"
#include "connection/provenance_table.h"
#include "declaration/declaration.h"
#include "sqlite/connection.h"

#include <vector>

namespace wharf::daemon {

/// Whether those who apply a declaration may have what it names. What the daemon's own files
/// (`own`) declare is theirs; what was made by REST is taken over if the wish says so: then the
/// declaration gets its id. Every objection with file and line.
std::vector<declaration::Problem> claim(sqlite::Connection& store,
                                        declaration::Declaration& declaration,
                                        const declaration::Declaration& own,
                                        const api::DeclarationWish& wish);

/// What an earlier apply of these files made, or of others in the directories that are given, and
/// they declare no longer. `declared`: what they declare now.
std::vector<connection::Provenance> no_longer_declared(
    sqlite::Connection& store, const api::DeclarationWish& wish,
    const std::vector<connection::Provenance>& declared);

}  // namespace wharf::daemon

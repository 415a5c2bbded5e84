#pragma once
// The indexes that a user has made on a table which is about to be replaced.

#include <string>
#include <string_view>

#include "connectors/destination_sqlite/schema_view.h"

namespace wharf::connectors::sqlite_destination {

/// Gives `staging` a copy of each index that a user has made on `target`, under a name of ours: it
/// grows with the rows, so that the swap need not build it at once and hold the lock for that long.
/// A staging that has rows already keeps the copies it has.
void copy_user_indexes(sqlite::Connection& database, const std::string& target,
                       const std::string& staging);

/// Makes the copy of `index`, which has been dropped, into that index; `table` is the former
/// staging, under the name that the index is for. False: there is no such copy.
bool take_over_copy(sqlite::Connection& database, const std::string& table, const Attached& index);

/// Drops the copies on `table` of indexes that are no more.
void drop_copies(sqlite::Connection& database, const std::string& table);

bool is_copy(const Attached& it);

}  // namespace wharf::connectors::sqlite_destination

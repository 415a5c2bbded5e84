#pragma once
// Where sources, destinations and connections come from: what manages them, and which file said so.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sqlite/transaction.h"

namespace wharf::connection {

/// What a declaration is about.
enum class Thing { source, destination, connection };
std::string_view name_of(Thing thing);  ///< "source"; also the name of its table

struct Provenance {
  Thing thing = Thing::source;
  std::string id;
  std::string name;
  std::string managed_by;                  ///< "file", "apply", "api"
  std::optional<std::string> declared_in;  ///< the file's absolute path
};

namespace provenance_table {

/// What is deleted is not there for any of these.
std::optional<Provenance> find(sqlite::Connection& store, Thing thing, std::string_view id);
/// Those of that name, declared ones first.
std::vector<Provenance> named(sqlite::Connection& store, Thing thing, std::string_view name);
/// All that `wharf apply` manages: connections first, each kind by name.
std::vector<Provenance> applied(sqlite::Connection& store);
/// The ids of everything of a kind, by name.
std::vector<std::string> ids(sqlite::Connection& store, Thing thing);

void note(sqlite::Transaction& transaction, Thing thing, std::string_view id,
          std::string_view declared_in);

}  // namespace provenance_table
}  // namespace wharf::connection

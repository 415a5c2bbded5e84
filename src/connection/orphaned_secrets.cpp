#include "connection/orphaned_secrets.h"

#include "secret/vault.h"
#include "sqlite/statement.h"

namespace wharf::connection {
namespace {

constexpr std::int64_t kBatch = 100;

std::vector<std::string> orphaned(sqlite::Connection& store) {
  std::vector<std::string> coordinates;
  auto run = store
                 .statement(R"sql(
                   with kept (config) as (
                     select config from source union all select overlay from source union all
                     select config from destination union all select overlay from destination)
                   select coordinate from secret
                   where coordinate not in (
                     select part.atom from kept, json_tree(kept.config) as part
                     where part.key = '_secret' and part.type = 'text')
                   limit ?)sql")
                 .run(kBatch);
  while (run.next()) coordinates.push_back(run.string(0));
  return coordinates;
}

}  // namespace

std::int64_t forget_orphaned_secrets(database::Database& database) {
  std::int64_t all = 0;
  while (!database.read(orphaned).empty()) {  // so that nobody waits where there are none
    all += database.write([](sqlite::Transaction& transaction) {
      // Looked for again: who wrote since may have taken one up.
      const auto coordinates = orphaned(transaction.connection());
      for (const auto& coordinate : coordinates) secret::Vault::forget(transaction, coordinate);
      return static_cast<std::int64_t>(coordinates.size());
    });
  }
  return all;
}

}  // namespace wharf::connection

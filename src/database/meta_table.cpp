#include "database/meta_table.h"

#include "sqlite/statement.h"

namespace wharf::database::meta_table {

std::optional<std::string> find(sqlite::Connection& store, std::string_view key) {
  auto run = store.statement("select value from meta where key = ?").run(key);
  if (!run.next()) return std::nullopt;
  return std::string(run.text(0));
}

std::string find_or_put(sqlite::Transaction& transaction, std::string_view key,
                        std::string_view value) {
  if (auto known = find(transaction, key)) return std::move(*known);
  transaction.statement("insert into meta (key, value) values (?, ?)").execute(key, value);
  return std::string(value);
}

void put(sqlite::Transaction& transaction, std::string_view key, std::string_view value) {
  transaction.statement("insert or replace into meta (key, value) values (?, ?)")
      .execute(key, value);
}

}  // namespace wharf::database::meta_table

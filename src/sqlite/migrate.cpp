#include "sqlite/migrate.h"

#include <fmt/format.h>

#include "sqlite/transaction.h"

namespace wharf::sqlite {

std::int64_t schema_version(Connection& connection) {
  return connection.number("pragma user_version");
}

Result<void> require_known(Connection& connection, std::span<const Migration> migrations) {
  const auto present = schema_version(connection);
  const auto newest = static_cast<std::int64_t>(migrations.size());
  if (present <= newest) return {};
  return Error{ErrorCode::environment,
               fmt::format("{} has schema {}, made by a newer version; this one knows schema {} "
                           "and leaves it alone",
                           connection.path(), present, newest)};
}

Result<void> migrate(Connection& connection, std::span<const Migration> migrations) {
  if (auto known = require_known(connection, migrations); !known) return known;
  const auto present = static_cast<std::size_t>(schema_version(connection));
  for (const auto& migration : migrations.subspan(present)) {
    Transaction transaction(connection);
    connection.execute(migration.sql);
    connection.execute(fmt::format("pragma user_version = {}", migration.number));
    transaction.commit();
  }
  return {};
}

}  // namespace wharf::sqlite

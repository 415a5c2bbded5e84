#include "connectors/destination_sqlite/failures.h"

#include <fmt/format.h>

namespace wharf::connectors::sqlite_destination {
namespace {

// SQLite's primary result codes (its public, fixed numbers).
constexpr int kPermission = 3;
constexpr int kReadOnly = 8;
constexpr int kInputOutput = 10;
constexpr int kCorrupt = 11;
constexpr int kCannotOpen = 14;
constexpr int kNotADatabase = 26;

}  // namespace

Failure failure_of(const sqlite::SqliteError& error, const std::filesystem::path& database) {
  const auto file = database.string();
  const auto failure = [&](ErrorCode code, std::string_view what) {
    return Failure(
        Error{code, fmt::format("{}: {} ({})", file, what, error.what()), Origin::destination});
  };
  if (error.busy())
    return failure(ErrorCode::conflict,
                   "another program holds the database's lock, and did so for "
                   "as long as we may wait");
  if (error.full()) return failure(ErrorCode::environment, "no room left on the disk");
  switch (error.code()) {
    case kPermission:
    case kReadOnly:
    case kCannotOpen:
      return failure(ErrorCode::environment, "the database cannot be written");
    case kInputOutput:
      return failure(ErrorCode::environment, "the disk failed");
    case kCorrupt:
      return failure(ErrorCode::data_foreign, "the database is damaged");
    case kNotADatabase:
      return failure(ErrorCode::data_foreign, "the file is not an SQLite database");
    default:
      return failure(ErrorCode::connector_failed, "SQLite refused a statement");
  }
}

}  // namespace wharf::connectors::sqlite_destination

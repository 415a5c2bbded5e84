#include "database/database.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstring>

#include "database/migrations.h"
#include "sqlite/statement.h"

namespace wharf::database {
namespace {

// SQLite gives its other files the mode of the first.
Result<void> create_private_file(const std::filesystem::path& file) {
  const base::UniqueFd fd(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (fd) return {};
  return Error{ErrorCode::environment,
               fmt::format("cannot open {}: {}", file.string(), std::strerror(errno))};
}

Result<void> copy_before_migration(sqlite::Connection& connection, const std::string& file) {
  const auto present = sqlite::schema_version(connection);
  if (present == 0 || present >= static_cast<std::int64_t>(migrations().size())) return {};
  const auto copy = fmt::format("{}.before-{}", file, present + 1);
  std::filesystem::remove(copy);  // of an upgrade that did not get to its end
  if (auto created = create_private_file(copy); !created) return created;
  connection.statement("vacuum into ?").execute(copy);
  return {};
}

}  // namespace

Result<std::unique_ptr<Database>> Database::open(const DataDirectory& directory) {
  return open(directory, Options{});
}

Result<std::unique_ptr<Database>> Database::open(const DataDirectory& directory, Options options) {
  const auto file = directory.database_file();
  if (auto created = create_private_file(file); !created) return created.error();
  try {
    auto writing = std::make_unique<sqlite::Connection>(
        file.string(),
        sqlite::Connection::Options{sqlite::Connection::Access::read_write, options.busy_timeout});
    // The pragmas write already.
    if (auto known = sqlite::require_known(*writing, migrations()); !known) return known.error();
    writing->execute(
        "pragma auto_vacuum = incremental;"  // of a new file only
        "pragma journal_mode = wal;"
        "pragma synchronous = full");
    if (auto copied = copy_before_migration(*writing, file.string()); !copied)
      return copied.error();
    if (auto migrated = sqlite::migrate(*writing, migrations()); !migrated) return migrated.error();
    // Not before: a migration may make a table anew that others refer to.
    writing->execute("pragma foreign_keys = on");
    // What a savepoint may have to undo stays in memory, and so does a transaction of a thousand
    // jobs: both would go through files otherwise, while others wait for the writer.
    writing->execute("pragma temp_store = memory; pragma cache_size = -8000");
    return std::unique_ptr<Database>(new Database(file.string(), options, std::move(writing)));
  } catch (const sqlite::SqliteError& error) {
    return unusable(file.string(), options, error);
  }
}

Error Database::unusable(const sqlite::SqliteError& error) const {
  return unusable(file_, options_, error);
}

Error Database::unusable(const std::string& file, const Options& options,
                         const sqlite::SqliteError& error) {
  const auto waited = std::chrono::duration<double>(options.busy_timeout).count();
  return {ErrorCode::environment,
          fmt::format("cannot use the store {}: {}{}", file, error.what(),
                      error.busy() ? fmt::format(", and was for {} s", waited) : "")};
}

Database::Database(std::string file, Options options, std::unique_ptr<sqlite::Connection> writing)
    : file_(std::move(file)), options_(options), writing_(std::move(writing)), writer_(*writing_) {}

Database::Reader::Reader(Database& database) : database_(database) {
  database_.free_readers_.acquire();
  database_.readers_.with([&](auto& readers) {
    if (readers.empty()) return;
    connection_ = std::move(readers.back());
    readers.pop_back();
  });
  if (connection_) return;
  try {
    connection_ = std::make_unique<sqlite::Connection>(
        database_.file_, sqlite::Connection::Options{sqlite::Connection::Access::read_only,
                                                     database_.options_.busy_timeout});
  } catch (...) {
    database_.free_readers_.release();
    throw;
  }
}

Database::Reader::~Reader() {
  database_.readers_.with([&](auto& readers) { readers.push_back(std::move(connection_)); });
  database_.free_readers_.release();
}

}  // namespace wharf::database

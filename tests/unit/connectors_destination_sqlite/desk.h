#pragma once
// What the tests of the SQLite destination share: a database in a directory of its own, streams,
// rows, and SQL to look at what arrived.

#include <wharf/connector/destination.h>

#include <filesystem>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "connectors/destination_sqlite/sqlite_writer.h"

namespace desk {

namespace fs = std::filesystem;
using wharf::connector::Commit;
using wharf::connector::WriteRequest;
using wharf::connector::WriteStream;
using wharf::connectors::sqlite_destination::Options;
using wharf::connectors::sqlite_destination::SqliteWriter;
using wharf::record::Column;
using wharf::record::RecordBatch;
using wharf::record::Type;
using wharf::record::Value;

/// A directory that is gone at the end.
class Directory {
 public:
  Directory();
  ~Directory();
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  fs::path database() const { return path_ / "data.db"; }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// `id` integer, `v` string, `c` integer.
std::vector<Column> plain_columns();

struct Mode {
  bool dedup = false;
  bool truncate = false;
  bool staged = false;
};
inline constexpr Mode kAppend{};
inline constexpr Mode kAppendStaged{.staged = true};
inline constexpr Mode kDedup{.dedup = true};
inline constexpr Mode kOverwrite{.truncate = true, .staged = true};
inline constexpr Mode kOverwriteDedup{.dedup = true, .truncate = true, .staged = true};

/// Keys are `id`, the cursor is `c`.
WriteStream stream(Mode mode, std::int64_t generation = 1, const std::string& name = "orders",
                   std::vector<Column> columns = plain_columns());
WriteRequest request(std::vector<WriteStream> streams, std::int64_t job = 1,
                     std::int64_t attempt = 0, const std::string& connection = "one");

struct Row {
  std::optional<std::int64_t> id;
  std::string v;
  std::optional<std::int64_t> c;
};
RecordBatch batch(const WriteStream& stream, const std::vector<Row>& rows);
/// Rows of any columns: values in declared order.
RecordBatch batch_of(const WriteStream& stream, const std::vector<std::vector<Value>>& rows);

std::unique_ptr<SqliteWriter> open(const fs::path& database, WriteRequest request,
                                   Options options = {});
/// What `writer` found of a stream at open.
std::optional<wharf::protocol::StreamPosition> held_of(const SqliteWriter& writer,
                                                       const std::string& name = "orders");
Commit commit_of(std::size_t index, std::optional<std::string> state, bool complete = false);

/// One text per row, values joined by `|`, null as `∅`.
std::vector<std::string> query(const fs::path& database, const std::string& sql);
/// `id|v|c` of every row, ordered.
std::vector<std::string> rows_of(const fs::path& database, const std::string& table = "orders");
void execute(const fs::path& database, const std::string& sql);

/// Runs `f` in a child that is killed by SIGKILL after the `n`-th step that it reports. True: it
/// was killed; false: it came to its end before.
bool killed_at(int n, const std::function<void(Options)>& f, Options options = {});

}  // namespace desk

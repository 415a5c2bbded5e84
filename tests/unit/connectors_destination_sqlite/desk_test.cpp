#include "desk.h"

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>
#include <iostream>

#include "sqlite/statement.h"

namespace desk {

Directory::Directory() {
  // A killed process needs no disk to prove anything: memory is as good, and quicker.
  const fs::path memory = "/dev/shm";
  const auto root = ::access(memory.c_str(), W_OK) == 0 ? memory : fs::temp_directory_path();
  std::string name = (root / "wharf-sqlite-XXXXXX").string();
  REQUIRE(::mkdtemp(name.data()) != nullptr);
  path_ = name;
}
Directory::~Directory() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::vector<Column> plain_columns() {
  return {{"id", Type::integer}, {"v", Type::string}, {"c", Type::integer}};
}

WriteStream stream(Mode mode, std::int64_t generation, const std::string& name,
                   std::vector<Column> columns) {
  WriteStream stream;
  stream.stream.stream.descriptor.name = name;
  stream.target.name = name;
  stream.schema = std::make_shared<const wharf::record::Schema>(std::move(columns));
  stream.generation = generation;
  stream.minimum_generation = mode.truncate ? generation : 0;
  stream.sync_id = 12;
  stream.dedup = mode.dedup;
  stream.truncate = mode.truncate;
  stream.staged = mode.staged;
  if (mode.dedup) {
    stream.primary_key = {"id"};
    stream.cursor = "c";
  }
  return stream;
}

WriteRequest request(std::vector<WriteStream> streams, std::int64_t job, std::int64_t attempt,
                     const std::string& connection) {
  WriteRequest request;
  request.streams = std::move(streams);
  request.connection = connection;
  request.job = job;
  request.attempt = attempt;
  return request;
}

RecordBatch batch_of(const WriteStream& stream, const std::vector<std::vector<Value>>& rows) {
  RecordBatch batch(stream.schema);
  for (const auto& row : rows) {
    Value* values = batch.append_row(1'700'000'000'123);
    for (std::size_t i = 0; i < row.size(); ++i) {
      Value value = row[i];
      if (value.is_text()) value = Value::text(value.kind(), batch.keep(value.as_text()));
      values[stream.schema->declared()[i]] = value;
    }
  }
  return batch;
}

RecordBatch batch(const WriteStream& stream, const std::vector<Row>& rows) {
  std::vector<std::vector<Value>> all;
  for (const auto& row : rows)
    all.push_back({row.id ? Value::integer(*row.id) : Value::null(), Value::string(row.v),
                   row.c ? Value::integer(*row.c) : Value::null()});
  return batch_of(stream, all);
}

std::unique_ptr<SqliteWriter> open(const fs::path& database, WriteRequest request,
                                   Options options) {
  return std::make_unique<SqliteWriter>(
      wharf::connectors::sqlite_destination::Configuration{database, "wal"}, std::move(request),
      std::move(options));
}

std::optional<wharf::protocol::StreamPosition> held_of(const SqliteWriter& writer,
                                                       const std::string& name) {
  const auto position = writer.position();
  const auto* held = position.find({std::nullopt, name});
  return held == nullptr ? std::nullopt : std::optional(*held);
}

Commit commit_of(std::size_t index, std::optional<std::string> state, bool complete) {
  Commit commit;
  commit.streams.push_back({index, std::move(state), complete});
  return commit;
}

std::vector<std::string> query(const fs::path& database, const std::string& sql) {
  wharf::sqlite::Connection connection(database.string());
  wharf::sqlite::Statement statement(connection, sql);
  std::vector<std::string> rows;
  auto run = statement.run();
  while (run.next()) {
    std::string row;
    for (int i = 0; i < run.columns(); ++i) {
      if (i > 0) row += '|';
      row += run.null(i) ? "∅" : run.string(i);
    }
    rows.push_back(row);
  }
  return rows;
}

std::vector<std::string> rows_of(const fs::path& database, const std::string& table) {
  return query(database, "select id, v, c from \"" + table + "\" order by id, c, v");
}

void execute(const fs::path& database, const std::string& sql) {
  wharf::sqlite::Connection connection(database.string());
  connection.execute(sql);
}

bool killed_at(int n, const std::function<void(Options)>& f, Options options) {
  std::cout.flush();
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    int step = 0;
    options.after = [&](std::string_view) {
      if (++step == n) ::raise(SIGKILL);
    };
    try {
      f(options);
    } catch (const std::exception& error) {
      std::cerr << "child: " << error.what() << std::endl;
      ::_exit(2);
    }
    ::_exit(0);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  if (WIFSIGNALED(status)) return true;
  REQUIRE(WEXITSTATUS(status) == 0);
  return false;
}

}  // namespace desk

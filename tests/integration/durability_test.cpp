// What a file destination leaves when it is killed inside any of its system calls, and in which
// order it makes them: shown by strace, not by what the code says of itself.

#include <connectors/destination_jsonl/destination_jsonl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

using namespace wharf;
namespace fs = std::filesystem;

namespace {

constexpr std::int64_t kRows = 9;
constexpr std::int64_t kRowsOfCommit = 3;
constexpr int kFailed = 7;  // exit code of a writer that failed by name

struct Scratch {
  Scratch() {
    std::string name = (fs::temp_directory_path() / "wharf-durability-XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  Scratch(const Scratch&) = delete;
  ~Scratch() { fs::remove_all(path); }
  fs::path path;
};

std::string content(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

connector::WriteStream stream_of(const std::string& name, const std::string& mode,
                                 std::int64_t generation) {
  connector::WriteStream stream;
  stream.stream.stream.descriptor.name = name;
  stream.target.name = name;
  stream.schema = std::make_shared<record::Schema>(
      std::vector<record::Column>{{"id", record::Type::integer}, {"text", record::Type::string}});
  stream.truncate = mode == "overwrite";
  stream.staged = mode == "overwrite" || mode == "join";
  stream.generation = stream.staged ? generation : 1;
  return stream;
}

/// One attempt at a job: goes on from the position as a source that resumes would, a state after
/// every three rows, and says to `confirm` what is committed. `global`: two streams, one state.
void attempt(const fs::path& directory, const std::string& mode, std::int64_t job,
             std::int64_t number, const std::function<void(const std::string&)>& confirm = {}) {
  connector::WriteRequest request;
  request.streams.push_back(stream_of("a", mode, job));
  if (mode == "global") request.streams.push_back(stream_of("b", mode, job));
  request.connection = "c";
  request.job = job;
  request.attempt = number;
  auto writer = connectors::make_destination_jsonl()->open(
      {{"destination_path", directory.string()}}, request);

  protocol::Position position = writer->position();
  const protocol::StreamPosition* at = position.find({std::nullopt, "a"});
  bool fits = at != nullptr && at->generation == request.streams[0].generation;
  if (fits && at->complete && position.job == job) return;
  auto state = mode == "global" ? position.global : fits ? at->state : std::nullopt;
  auto begun = state ? nlohmann::json::parse(*state) : nlohmann::json{{"job", 0}, {"row", 0}};
  std::int64_t row = begun["job"] == job ? begun["row"].get<std::int64_t>() : 0;

  const std::string text(4000, 'x');
  while (row < kRows) {
    for (std::size_t stream = 0; stream < request.streams.size(); ++stream) {
      record::RecordBatch rows(request.streams[stream].schema);
      for (std::int64_t i = 1; i <= kRowsOfCommit; ++i) {
        record::Value* values = rows.append_row(1'700'000'000'000);
        values[0] = record::Value::integer(job * 100 + row + i);
        values[1] = record::Value::string(text);
      }
      writer->append(stream, rows);
    }
    row += kRowsOfCommit;
    connector::Commit commit;
    std::string now = nlohmann::json{{"job", job}, {"row", row}}.dump();
    if (mode == "global") commit.global = now;
    for (std::size_t stream = 0; stream < request.streams.size(); ++stream) {
      commit.streams.push_back({stream, std::nullopt, row == kRows});
      if (!commit.global) commit.streams.back().state = now;
    }
    writer->commit(commit);
    if (confirm) confirm("confirmed " + std::to_string(row) + "\n");
  }
}

/// The same in a child of its own, under strace with `options`. Its exit code, or 128 + signal.
int traced_attempt(const Scratch& scratch, const std::string& mode, const std::string& options) {
  std::string self = fs::read_symlink("/proc/self/exe").string();
  std::string command = "WHARF_TEST_DIRECTORY='" + (scratch.path / "data").string() +
                        "' WHARF_TEST_MODE=" + mode + " strace -f -y -o '" +
                        (scratch.path / "trace").string() + "' " + options + " '" + self +
                        "' '[.writer]' > '" + (scratch.path / "stdout").string() + "' 2>&1";
  int status = std::system(command.c_str());
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

std::vector<std::int64_t> ids(const fs::path& path) {
  std::vector<std::int64_t> found;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    found.push_back(nlohmann::json::parse(line).at("id").get<std::int64_t>());
  }
  return found;
}

/// Job 1 and job 2, or with overwrite job 2 alone; each row once, in order.
std::vector<std::int64_t> expected(const std::string& mode) {
  std::vector<std::int64_t> rows;
  for (std::int64_t job = mode == "overwrite" ? 2 : 1; job <= 2; ++job) {
    for (std::int64_t row = 1; row <= kRows; ++row) rows.push_back(job * 100 + row);
  }
  return rows;
}

void check_whole(const fs::path& directory, const std::string& mode) {
  CHECK(ids(directory / "a.jsonl") == expected(mode));
  if (mode == "global") CHECK(ids(directory / "b.jsonl") == expected(mode));
  for (const auto& entry : fs::directory_iterator(directory / ".wharf")) {
    CHECK(entry.path().extension() != ".staging");
  }
}

std::int64_t last_confirmed(const Scratch& scratch) {
  std::string said = content(scratch.path / "stdout");
  auto at = said.rfind("confirmed ");
  return at == std::string::npos ? 0 : std::stoll(said.substr(at + 10));
}

/// The path in `fdatasync(5</data/a.jsonl>) = 0`.
std::string path_of_descriptor(const std::string& call) {
  auto begin = call.find('<') + 1;
  return call.substr(begin, call.find('>', begin) - begin);
}

}  // namespace

TEST_CASE("the writer that the tests below run as a child", "[.writer]") {
  const char* directory = std::getenv("WHARF_TEST_DIRECTORY");
  REQUIRE(directory != nullptr);
  auto say = [](const std::string& line) {
    REQUIRE(::write(STDOUT_FILENO, line.data(), line.size()) > 0);
  };
  try {
    attempt(directory, std::getenv("WHARF_TEST_MODE"), 2, 0, say);
  } catch (const Failure& failure) {
    say(std::string(name_of(failure.error().code)) + ": " + failure.what() + "\n");
    ::_exit(kFailed);
  }
}

TEST_CASE(
    "killed in any system call, the next attempt ends with each row once (F-07, F-16, F-22)") {
  std::string mode = GENERATE("append", "overwrite", "join", "global");
  std::string call = GENERATE("openat", "pwrite64", "fdatasync", "fsync", "rename", "unlink",
                              "ftruncate", "copy_file_range");
  int hits = 0;
  // The first calls of `openat` are the loader's, before anything of ours happens.
  for (int number = call == "openat" ? 12 : 1;; ++number) {
    INFO(mode << ": killed in " << call << " number " << number);
    Scratch scratch;
    fs::path directory = scratch.path / "data";
    attempt(directory, mode, 1, 0);
    int exit = traced_attempt(
        scratch, mode,
        "-e trace=" + call + " -e inject=" + call + ":signal=KILL:when=" + std::to_string(number));
    if (exit == 0) {
      check_whole(directory, mode);
      break;
    }
    REQUIRE(exit == 128 + SIGKILL);
    ++hits;
    std::int64_t confirmed = last_confirmed(scratch);
    attempt(directory, mode, 2, 1);
    check_whole(directory, mode);
    CHECK(confirmed <= kRows);
  }
  std::cout << "kills in " << call << ", " << mode << ": " << hits << "\n";
  bool made = !(call == "ftruncate" || (call == "copy_file_range" && mode != "join") ||
                (call == "unlink" && mode != "join"));
  CHECK((hits > 0) == made);
}

TEST_CASE("killed in the recovery itself, the attempt after that ends with each row once (F-07)") {
  for (int number = 1; number <= 2; ++number) {
    Scratch scratch;
    fs::path directory = scratch.path / "data";
    attempt(directory, "append", 1, 0);
    // Rows of the second commit are in the file, and their position is not.
    REQUIRE(traced_attempt(scratch, "append",
                           "-e trace=fdatasync -e inject=fdatasync:signal=KILL:when=4") ==
            128 + SIGKILL);
    int exit = traced_attempt(
        scratch, "append",
        "-e trace=ftruncate -e inject=ftruncate:signal=KILL:when=" + std::to_string(number));
    CHECK(exit == (number == 1 ? 128 + SIGKILL : 0));
    attempt(directory, "append", 2, 1);
    check_whole(directory, "append");
  }
}

TEST_CASE("a disk that is full is an error by name, and nothing is lost (F-17)") {
  std::string mode = GENERATE("append", "overwrite", "join");
  std::string fault = GENERATE("pwrite64:error=ENOSPC", "fdatasync:error=EIO", "fsync:error=EIO",
                               "rename:error=EACCES");
  for (int number = 1;; ++number) {
    INFO(mode << ": " << fault << " number " << number);
    Scratch scratch;
    fs::path directory = scratch.path / "data";
    attempt(directory, mode, 1, 0);
    int exit = traced_attempt(scratch, mode,
                              "-e trace=" + fault.substr(0, fault.find(':')) +
                                  " -e inject=" + fault + ":when=" + std::to_string(number));
    if (exit == 0) break;
    REQUIRE(exit == kFailed);
    auto said = content(scratch.path / "stdout");
    CHECK(said.find("environment: cannot ") != std::string::npos);
    CHECK(said.find(directory.string()) != std::string::npos);
    attempt(directory, mode, 2, 1);
    check_whole(directory, mode);
  }
}

TEST_CASE("rows reach the disk before their position, and the position before the confirmation") {
  std::string mode = GENERATE("append", "overwrite", "join", "global");
  INFO(mode);
  Scratch scratch;
  fs::path directory = scratch.path / "data";
  attempt(directory, mode, 1, 0);
  REQUIRE(traced_attempt(scratch, mode,
                         "-e trace=pwrite64,copy_file_range,fdatasync,fsync,rename,write") == 0);

  std::set<std::string> unsynced_files, unsynced_directories;
  bool covers_unsynced = false;  // the newest position was renamed before its rows were on disk
  int confirmations = 0, positions = 0, syncs = 0, syncs_of_second = 0;
  std::ifstream trace(scratch.path / "trace");
  for (std::string line; std::getline(trace, line);) {
    INFO(line);
    auto has = [&](const char* part) { return line.find(part) != std::string::npos; };
    if (has("pwrite64(")) unsynced_files.insert(path_of_descriptor(line));
    if (has("copy_file_range(")) {
      unsynced_files.insert(path_of_descriptor(line.substr(line.find(", [") + 3)));
    }
    if (has("fdatasync(")) {
      CHECK(unsynced_files.erase(path_of_descriptor(line)) == 1);  // none for nothing
      ++syncs;
    }
    if (has("fsync(") && !has("fdatasync(")) {
      unsynced_directories.erase(path_of_descriptor(line));
      ++syncs;
    }
    if (has("rename(")) {
      auto end = line.rfind('"');
      fs::path to = line.substr(line.rfind('"', end - 1) + 1, end - line.rfind('"', end - 1) - 1);
      unsynced_directories.insert(to.parent_path().string());
      if (to.extension() != ".position") continue;
      ++positions;
      covers_unsynced = !unsynced_files.empty();
    }
    if (has("confirmed ")) {
      CHECK(unsynced_files.empty());
      CHECK(unsynced_directories.empty());
      CHECK(positions > confirmations);
      CHECK_FALSE(covers_unsynced);
      if (++confirmations == 2) syncs_of_second = syncs;
      if (confirmations == 1) syncs = 0;
    }
  }
  CHECK(confirmations == kRows / kRowsOfCommit);
  // A commit in mid-run: the rows of each stream, the position, its directory.
  CHECK(syncs_of_second == (mode == "global" ? 4 : 3));
}

// Reads the source tree and holds it to the laws of ARCHITECTURE.md: the order of the rooms, the
// doors of the packages, calls that nobody makes, and files that grow beyond one noun.

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

const fs::path kTree = SOURCE_TREE;

// A room may include only rooms before it.
const std::vector<std::string> kRooms = {
    "base",   "protocol",    "record",   "mapping",    "connector",  "sqlite",      "process",
    "docker", "metrics",     "database", "secret",     "checkpoint", "definition",  "connection",
    "job",    "workload",    "launcher", "bookkeeper", "operation",  "replication", "schedule",
    "chores", "declaration", "api",      "daemon",     "cli"};

// Who may include a package: rooms, or single files.
const std::map<std::string, std::set<std::string>> kDoors = {
    {"sqlite3.h", {"sqlite"}},
    {"boost/asio",
     {"process", "docker", "launcher", "operation", "replication", "schedule", "api", "daemon"}},
    {"boost/beast",
     {"docker/unix_http.cpp", "docker/unix_stream.h", "docker/unix_stream.cpp",
      "api/request_reader.cpp", "cli/daemon_client.cpp"}},
    {"zlib.h", {"bookkeeper/log_files.cpp"}},
    {"openssl", {"api", "secret"}},
    {"nlohmann/json.hpp",
     {"protocol", "docker", "mapping", "connector", "definition", "connection", "job", "workload",
      "launcher", "bookkeeper", "operation", "replication", "schedule", "declaration", "api", "cli",
      "connectors", "daemon"}},
    {"CLI/CLI.hpp", {"cli"}},
    {"yaml-cpp", {"declaration", "daemon/settings.cpp"}},
    {"date/", {"schedule"}},
    {"valijson", {"protocol/json_schema.cpp"}},
    {"simdjson", {"connectors"}},
    {"connectors/builtin.h", {"cli", "connectors"}},
};

struct Source {
  fs::path path;          // from the root of the tree
  std::string room;       // first folder below src, or "include"
  std::string below_src;  // "job/job_table.cpp"
  std::string text;
};

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::vector<Source> sources(const std::string& top) {
  std::vector<Source> all;
  for (const auto& entry : fs::recursive_directory_iterator(kTree / top)) {
    const auto ending = entry.path().extension();
    if (ending != ".h" && ending != ".cpp") continue;
    Source source;
    source.path = fs::relative(entry.path(), kTree);
    const fs::path below = fs::relative(entry.path(), kTree / top);
    source.below_src = below.string();
    source.room = top == "include" ? "include" : below.begin()->string();
    source.text = read(entry.path());
    all.push_back(std::move(source));
  }
  REQUIRE(!all.empty());
  return all;
}

std::vector<std::string> includes_of(const Source& source) {
  static const std::regex line(R"(^\s*#\s*include\s*[<"]([^>"]+)[>"])", std::regex::multiline);
  std::vector<std::string> found;
  for (std::sregex_iterator it(source.text.begin(), source.text.end(), line), end; it != end;
       ++it) {
    found.push_back((*it)[1]);
  }
  return found;
}

std::size_t rank_of(const std::string& room) {
  auto at = std::find(kRooms.begin(), kRooms.end(), room);
  return at == kRooms.end() ? kRooms.size() : static_cast<std::size_t>(at - kRooms.begin());
}

std::string room_of_include(const std::string& include) {
  const auto slash = include.find('/');
  if (slash == std::string::npos) return {};
  const std::string room = include.substr(0, slash);
  return rank_of(room) < kRooms.size() || room == "connectors" ? room : std::string();
}

bool may_pass(const std::set<std::string>& allowed, const Source& source) {
  return allowed.count(source.room) != 0 || allowed.count(source.below_src) != 0;
}

}  // namespace

TEST_CASE("a room includes only rooms that stand before it") {
  for (const auto& source : sources("src")) {
    if (source.room == "connectors" || source.room == "empty.cpp") continue;
    INFO(source.path.string());
    REQUIRE(rank_of(source.room) < kRooms.size());
    for (const auto& include : includes_of(source)) {
      const std::string room = room_of_include(include);
      if (room.empty() || (room == "connectors" && source.room == "cli")) continue;
      INFO("includes " << include);
      CHECK(rank_of(room) <= rank_of(source.room));
    }
  }
}

TEST_CASE("a connector includes only the contract, its own folder and what it exists for") {
  for (const auto& source : sources("src")) {
    if (source.room != "connectors") continue;
    const fs::path below = source.below_src;
    const std::string own = std::next(below.begin())->string();
    for (const auto& include : includes_of(source)) {
      const std::string room = room_of_include(include);
      if (room.empty()) continue;
      INFO(source.path.string() << " includes " << include);
      const bool shared =
          include.starts_with("connectors/files/") || include.starts_with("connectors/sql_tables/");
      const bool mine = include.starts_with("connectors/" + own + "/");
      const bool list = own.starts_with("builtin");
      const bool sqlite = room == "sqlite" && own == "destination_sqlite";
      CHECK((shared || mine || list || sqlite));
    }
  }
}

TEST_CASE("the contract includes no room") {
  for (const auto& source : sources("include")) {
    for (const auto& include : includes_of(source)) {
      INFO(source.path.string() << " includes " << include);
      CHECK(room_of_include(include).empty());
      CHECK(include != "nlohmann/json.hpp");
    }
  }
}

TEST_CASE("a package is included only through its door") {
  auto all = sources("src");
  for (auto& source : sources("include")) all.push_back(std::move(source));
  for (const auto& source : all) {
    for (const auto& include : includes_of(source)) {
      for (const auto& [package, allowed] : kDoors) {
        if (!include.starts_with(package)) continue;
        INFO(source.path.string() << " includes " << include);
        CHECK(may_pass(allowed, source));
      }
    }
  }
}

TEST_CASE("nobody makes a call that this project does without") {
  struct Ban {
    std::regex call;
    std::string why;
    std::set<std::string> allowed;
  };
  const std::vector<Ban> bans = {
      {std::regex(R"(\bfork\s*\()"), "never fork in a threaded process", {}},
      {std::regex(R"(notify_fork)"), "Asio's notify_fork can deadlock", {}},
      {std::regex(R"(\bsystem\s*\()"), "no shells", {}},
      {std::regex(R"(system_clock::now)"),
       "time comes in as an argument",
       {"base", "connectors", "connector"}},
      {std::regex(R"(std::thread\b)"),
       "threads belong to four owners and the connectors' runtime",
       {"daemon/engine.h", "daemon/engine.cpp", "bookkeeper/bookkeeper.cpp",
        "bookkeeper/bookkeeper.h", "database/writer.cpp", "database/writer.h", "connector",
        "connectors", "api/handler_threads.h", "api/handler_threads.cpp", "chores/chores.h",
        "chores/chores.cpp"}},
      {std::regex(R"(\bTODO\b|\bFIXME\b|\bXXX\b)"), "what is left is said elsewhere", {}},
  };
  for (const auto& source : sources("src")) {
    for (const auto& ban : bans) {
      if (may_pass(ban.allowed, source)) continue;
      INFO(source.path.string() << ": " << ban.why);
      CHECK_FALSE(std::regex_search(source.text, ban.call));
    }
  }
}

TEST_CASE("headers open with pragma once and open no namespace to the world") {
  auto all = sources("src");
  for (auto& source : sources("include")) all.push_back(std::move(source));
  for (const auto& source : all) {
    if (source.path.extension() != ".h") continue;
    INFO(source.path.string());
    CHECK(source.text.find("#pragma once") != std::string::npos);
    CHECK(source.text.find("using namespace") == std::string::npos);
  }
}

TEST_CASE("a source that crosses 400 lines answers the question whether it is two things") {
  // Those that are one thing all the same, with the reason.
  const std::map<std::string, std::string> kLong = {
      {"connectors/destination_sqlite/stream_table.cpp", "one stream's table from open to swap"},
  };
  for (const auto& source : sources("src")) {
    const auto lines = std::count(source.text.begin(), source.text.end(), '\n');
    INFO(source.path.string() << " has " << lines << " lines");
    CHECK((lines <= 400 || kLong.count(source.below_src) != 0));
  }
}

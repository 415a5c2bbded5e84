#include "bookkeeper/log_files.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>

using namespace wharf;
using namespace wharf::bookkeeper;
namespace fs = std::filesystem;

namespace {

struct Logs {
  fs::path path;
  Logs() {
    char name[] = "/tmp/wharf-logs-XXXXXX";
    path = ::mkdtemp(name);
    fs::create_directory(path / "7");
  }
  ~Logs() { fs::remove_all(path); }
  fs::path put(const std::string& name, const std::string& text) const {
    std::ofstream(path / "7" / name, std::ios::app) << text;
    return path / "7" / name;
  }
  fs::path log() const { return path / "7" / "0.log"; }
};

std::string read_rest(LogReader& reader, std::size_t most = 7) {
  std::string all;
  for (auto text = reader.read(most); !text.empty(); text = reader.read(most)) all += text;
  return all;
}

std::string read_from(const fs::path& log, std::uint64_t offset = 0) {
  LogReader reader(log, offset);
  return read_rest(reader);
}

}  // namespace

TEST_CASE("a log is read while it is written, and across its pieces") {
  Logs logs;
  logs.put("0.log", "one\n");
  LogReader reader(logs.log());
  CHECK(read_rest(reader) == "one\n");
  CHECK(reader.read(100).empty());
  logs.put("0.log", "two\n");
  CHECK(read_rest(reader) == "two\n");
  logs.put("0.log", "three\n");
  logs.put("0.log.14", "four\n");
  CHECK(read_rest(reader) == "three\nfour\n");
  CHECK(reader.offset() == 19);
  logs.put("0.log.14", "five\n");
  CHECK(read_rest(reader) == "five\n");
}

TEST_CASE("what is left out is said once, and offsets keep their meaning") {
  Logs logs;
  logs.put("0.log", "head\n");
  logs.put("0.log.105", "tail\n");
  CHECK(read_from(logs.log()) ==
        "head\n--- 100 bytes are left out here: the log was over its limit ---\ntail\n");
  CHECK(read_from(logs.log(), 105) == "tail\n");
  CHECK(log_end(logs.log()) == 110);
  CHECK(read_from(logs.log(), 60).find("tail\n") != std::string::npos);
}

TEST_CASE("a compressed log reads as it did, at every offset, and takes less") {
  Logs logs;
  std::string head;
  for (int i = 0; i < 2000; ++i) head += "line " + std::to_string(i) + "\n";
  logs.put("0.log", head);
  const std::string later = "0.log." + std::to_string(head.size());
  logs.put(later, "the end\n");
  const auto before = read_from(logs.log());
  REQUIRE(compress_log(logs.log()).has_value());
  CHECK_FALSE(fs::exists(logs.log()));
  CHECK(fs::exists(logs.path / "7" / "0.log.gz"));
  CHECK(fs::file_size(logs.path / "7" / "0.log.gz") < head.size() / 2);
  CHECK(read_from(logs.log()) == before);
  CHECK(read_from(logs.log(), 9000) == before.substr(9000));
  CHECK(read_from(logs.log(), head.size()) == "the end\n");
  CHECK(log_end(logs.log()) == before.size());
  CHECK(std::system(("gzip -t " + (logs.path / "7" / "0.log.gz").string()).c_str()) == 0);
}

TEST_CASE("a reader that is under way when its log is compressed reads it to its end") {
  Logs logs;
  logs.put("0.log", "one\ntwo\n");
  LogReader reader(logs.log());
  CHECK(reader.read(4) == "one\n");
  REQUIRE(compress_log(logs.log()).has_value());
  CHECK(read_rest(reader) == "two\n");
}

TEST_CASE("a compression that was cut short is done again from the plain file") {
  Logs logs;
  logs.put("0.log", "whole\n");
  logs.put("0.log.gz.tmp", "half");
  CHECK(read_from(logs.log()) == "whole\n");
  REQUIRE(compress_log(logs.log()).has_value());
  CHECK(read_from(logs.log()) == "whole\n");
}

TEST_CASE("a log that is not there yet is empty, and is there when it comes") {
  Logs logs;
  LogReader reader(logs.log());
  CHECK(reader.read(10).empty());
  logs.put("0.log", "now\n");
  CHECK(read_rest(reader) == "now\n");
}

TEST_CASE("the logs of a directory are found by their names; other files are none") {
  Logs logs;
  logs.put("0.log", "12345");
  logs.put("0.log.5.gz", "123");
  logs.put("1.log.gz", "1");
  logs.put("notes.txt", "mine");
  std::ofstream(logs.path / "wharf.log") << "mine";
  fs::create_directory(logs.path / "other");
  logs.put("007.log", "mine");
  auto found = stored_logs(logs.path);
  std::ranges::sort(found, {}, &StoredLog::attempt);
  REQUIRE(found.size() == 2);
  CHECK(log_of(logs.path, found[0].attempt) == logs.log());
  CHECK(found[0].size_on_disk == 8);
  CHECK(found[0].plain);
  CHECK(log_of(logs.path, found[1].attempt) == logs.path / "7" / "1.log");
  CHECK_FALSE(found[1].plain);
  for (const auto& log : found) remove_log(log_of(logs.path, log.attempt));
  CHECK(stored_logs(logs.path).empty());
  CHECK(fs::exists(logs.path / "7" / "notes.txt"));
  CHECK(fs::exists(logs.path / "7" / "007.log"));
}

TEST_CASE("each attempt gets half of what its job's quota has left, and never nothing") {
  Logs logs;
  CHECK(log_share(logs.path, base::JobId(8), 1 << 20) == 1 << 19);
  logs.put("0.log", std::string(600'000, 'x'));
  CHECK(log_share(logs.path, base::JobId(7), 1'000'000) == 200'000);
  logs.put("1.log", std::string(600'000, 'x'));
  CHECK(log_share(logs.path, base::JobId(7), 1'000'000) == 64 << 10);
}

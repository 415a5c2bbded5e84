#include "bookkeeper/attempt_log.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "bookkeeper/log_files.h"

using namespace wharf;
using namespace wharf::bookkeeper;
using Level = protocol::LogMessage::Level;

namespace {

struct FixedClock final : base::Clock {
  base::WallTime wall() const override { return base::from_millis(1'000); }
  base::SteadyTime steady() const override { return {}; }
};

struct TempFile {
  std::filesystem::path path;
  TempFile() {
    char name[] = "/tmp/wharf-log-XXXXXX";
    ::close(::mkstemp(name));
    path = name;
  }
  ~TempFile() { std::filesystem::remove(path); }
  std::string text() const {
    std::ostringstream all;
    all << std::ifstream(path).rdbuf();
    return all.str();
  }
};

struct TempDirectory {
  std::filesystem::path path;
  TempDirectory() {
    char name[] = "/tmp/wharf-logs-XXXXXX";
    path = ::mkdtemp(name);
  }
  ~TempDirectory() { std::filesystem::remove_all(path); }
};

std::string read_all(const std::filesystem::path& log) {
  LogReader reader(log);
  std::string all;
  for (auto text = reader.read(100); !text.empty(); text = reader.read(100)) all += text;
  return all;
}

const FixedClock kClock;

}  // namespace

TEST_CASE("a message is a line with time, source and level; its further lines are indented") {
  TempFile file;
  auto log = AttemptLog::open(file.path, kClock, {}).value();
  log->append(LogSource::source, Level::info, "one\ntwo\n");
  log->append(LogSource::platform, Level::error, "three");
  CHECK(file.text() ==
        "1970-01-01T00:00:01.000Z source INFO one\n    two\n"
        "1970-01-01T00:00:01.000Z platform ERROR three\n");
}

TEST_CASE("F-59: secrets are masked by their value, in the file and in the tail") {
  TempFile file;
  AttemptLog::Options options;
  options.secrets = {"s3cret", "s3cret-and-more", "ab"};
  auto log = AttemptLog::open(file.path, kClock, options).value();
  log->append(LogSource::source_stderr, Level::error, "url://u:s3cret-and-more@h s3cret ab");
  CHECK(file.text().find("s3cret") == std::string::npos);
  CHECK(log->tail(LogSource::source_stderr, 5) ==
        std::vector<std::string>{"url://u:**********@h ********** ab"});
}

TEST_CASE("F-67: a log over its limit keeps its beginning and its end, and its tail goes on") {
  TempDirectory directory;
  const auto path = directory.path / "1" / "0.log";
  AttemptLog::Options options;
  options.limit = 8000;
  auto log = AttemptLog::open(path, kClock, options).value();
  const auto line = [](int i) { return "line " + std::to_string(i) + " of a runaway"; };
  for (int i = 0; i < 5000; ++i) log->append(LogSource::destination, Level::info, line(i));
  std::uint64_t on_disk = 0;
  for (const auto& piece : pieces_of(path)) on_disk += piece.size_on_disk;
  CHECK(on_disk <= 8000);
  CHECK(on_disk > 4000);
  const auto text = read_all(path);
  CHECK(text.find(line(0) + "\n") != std::string::npos);
  CHECK(text.find(line(4999) + "\n") != std::string::npos);
  CHECK(text.find(line(2500) + "\n") == std::string::npos);
  CHECK(text.find("bytes are left out here") != std::string::npos);
  CHECK(log->tail(LogSource::destination, 2) == std::vector<std::string>{line(4998), line(4999)});
}

TEST_CASE("a log that is opened again goes on where it was") {
  TempDirectory directory;
  const auto path = directory.path / "1" / "0.log";
  AttemptLog::Options options;
  options.limit = 1000;
  for (int i = 0; i < 30; ++i) {
    auto log = AttemptLog::open(path, kClock, options).value();
    log->append(LogSource::source, Level::info, "life " + std::to_string(i));
  }
  const auto text = read_all(path);
  CHECK(text.find("life 0\n") != std::string::npos);
  CHECK(text.find("life 29\n") != std::string::npos);
  CHECK(text.size() < 1200);
}

TEST_CASE("tails are per source and shorter than asked if there is no more") {
  TempFile file;
  auto log = AttemptLog::open(file.path, kClock, {}).value();
  log->append(LogSource::source, Level::info, "a");
  CHECK(log->tail(LogSource::source, 20).size() == 1);
  CHECK(log->tail(LogSource::source_stderr, 20).empty());
}

#include "bookkeeper/attempt_log.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

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

TEST_CASE("F-67: a log that reached its limit says so and grows no more, and its tail goes on") {
  TempFile file;
  AttemptLog::Options options;
  options.limit = 200;
  auto log = AttemptLog::open(file.path, kClock, options).value();
  for (int i = 0; i < 50; ++i)
    log->append(LogSource::destination, Level::info, "line " + std::to_string(i));
  const auto text = file.text();
  CHECK(text.size() < 400);
  CHECK(text.find("has reached its limit of 200 bytes") != std::string::npos);
  CHECK(log->tail(LogSource::destination, 2) == std::vector<std::string>{"line 48", "line 49"});
}

TEST_CASE("tails are per source and shorter than asked if there is no more") {
  TempFile file;
  auto log = AttemptLog::open(file.path, kClock, {}).value();
  log->append(LogSource::source, Level::info, "a");
  CHECK(log->tail(LogSource::source, 20).size() == 1);
  CHECK(log->tail(LogSource::source_stderr, 20).empty());
}

#include "bookkeeper/log_entry.h"

#include <catch2/catch.hpp>

using namespace wharf;
using namespace wharf::bookkeeper;
using Level = protocol::LogMessage::Level;

namespace {

const std::string kText =
    "2026-11-22T15:57:08.123Z source INFO one\n    more of it\n"
    "2026-11-22T15:57:08.124Z destination-stderr ERROR two\n"
    "--- 9 bytes are left out here: the log was over its limit ---\n"
    "2026-11-22T15:57:08.125Z platform WARN three\n";

std::vector<LogEntry> all_of(const std::string& text, std::size_t piece) {
  LogEntries entries;
  std::vector<LogEntry> all;
  for (std::size_t at = 0; at < text.size(); at += piece) {
    for (auto& entry : entries.take(std::string_view(text).substr(at, piece))) {
      all.push_back(std::move(entry));
    }
  }
  for (auto& entry : entries.rest()) all.push_back(std::move(entry));
  return all;
}

}  // namespace

TEST_CASE("a log's text is taken apart into entries, wherever it is cut") {
  for (std::size_t piece = 1; piece < 80; ++piece) {
    INFO("pieces of " << piece);
    const auto all = all_of(kText, piece);
    REQUIRE(all.size() == 4);
    CHECK(all[0].message == "one\nmore of it");
    CHECK(all[0].source == LogSource::source);
    CHECK(all[1].timestamp == "2026-11-22T15:57:08.124Z");
    CHECK(all[1].level == Level::error);
    CHECK(all[1].source == LogSource::destination_stderr);
    CHECK(all[2].timestamp.empty());
    CHECK(all[3].message == "three");
    std::string again;
    for (const auto& entry : all) again += to_text(entry);
    CHECK(again == kText);
  }
}

TEST_CASE("an entry is whole when the next begins, or when there is nothing more for now") {
  LogEntries entries;
  CHECK(entries.take("2026-11-22T15:57:08.123Z source INFO one\n").empty());
  const auto whole = entries.rest();
  REQUIRE(whole.size() == 1);
  CHECK(entries.rest().empty());
  CHECK(entries.take("2026-11-22T15:57:08.123Z source IN").empty());
  CHECK(entries.rest().empty());
}

TEST_CASE("entries are chosen by who speaks and how bad it is") {
  const auto all = all_of(kText, 1000);
  const LogFilter destination{LogSource::destination, {}};
  CHECK_FALSE(passes(all[0], destination));
  CHECK(passes(all[1], destination));
  const LogFilter bad{{}, Level::warn};
  CHECK_FALSE(passes(all[0], bad));
  CHECK(passes(all[1], bad));
  CHECK(passes(all[3], bad));
  CHECK(passes(all[0], {}));
}

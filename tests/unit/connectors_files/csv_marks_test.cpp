#include "connectors/files/csv_marks.h"

#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <vector>

#include "connectors/files/csv_pairs.h"
#include "connectors/files/input_window.h"

using namespace wharf::connectors::files;

namespace {

constexpr CsvSigns kSigns{',', '"', '\n'};

using Find = std::uint32_t* (*)(std::string_view, const CsvSigns&, std::uint32_t*);

/// What `find` writes; one entry beyond any place where it gives up.
std::vector<std::uint32_t> places(Find find, std::string_view text, const CsvSigns& signs) {
  std::vector<std::uint32_t> out(text.size() + 64);
  const std::uint32_t* end = find(text, signs, out.data());
  if (end == nullptr) return {~std::uint32_t{0}};
  out.resize(static_cast<std::size_t>(end - out.data()));
  return out;
}

/// Random text, and behind it what is to mean nothing.
std::string with_slack(std::mt19937& random, std::string_view pieces, std::size_t size) {
  std::string text;
  while (text.size() < size) text.push_back(pieces[random() % pieces.size()]);
  return text.append(InputWindow::kSlack, '"');
}

/// Fields with and without quotes, mostly as RFC 4180 wants them: long enough for many blocks.
std::string rows(std::mt19937& random) {
  std::string text;
  for (auto fields = random() % 30; fields != 0; --fields) {
    const bool quoted = random() % 2 == 0;
    if (quoted) text += '"';
    for (auto left = random() % 70; left != 0; --left) {
      const char c = "abc\",\n\r"[random() % 7];
      if (quoted && c == '"') text += '"';
      if (quoted || c != '"') text += c;
    }
    if (quoted) text += '"';
    text += random() % 3 != 0 ? "," : random() % 2 != 0 ? "\n" : "\r\n";
    if (random() % 100 == 0) text += '"';
  }
  return text;
}

}  // namespace

TEST_CASE("breaks are found alike by wide registers and by plain ones") {
  std::mt19937 random(20261122);
  for (int round = 0; round < 5000; ++round) {
    std::string text =
        round % 2 == 0 ? with_slack(random, "a\",\n\r", random() % 300) : rows(random);
    const std::size_t size = round % 2 == 0 ? text.size() - InputWindow::kSlack : text.size();
    if (round % 2 == 1) text.append(InputWindow::kSlack, '"');
    const std::string_view view = std::string_view(text).substr(0, size);
    INFO(view);
    REQUIRE(places(find_breaks, view, kSigns) == places(find_breaks_plainly, view, kSigns));
    REQUIRE(places(find_signs, view, kSigns) == places(find_signs_plainly, view, kSigns));
  }
}

TEST_CASE("breaks are those outside quotes, wherever 64 bytes end") {
  for (std::size_t before = 0; before < 140; ++before) {
    std::string text(before, 'x');
    text += ",\"a,\"\"\n\"\r\n";
    const std::size_t size = text.size();
    text.append(InputWindow::kSlack, '\n');
    const auto begin = static_cast<std::uint32_t>(before);
    const std::vector<std::uint32_t> wanted = {begin, begin + 9};
    for (const Find find : {find_breaks, find_breaks_plainly}) {
      CHECK(places(find, std::string_view(text).substr(0, size), kSigns) == wanted);
    }
  }
}

TEST_CASE("pairs of quotes are copied as one, wherever 64 bytes end") {
  std::mt19937 random(4180);
  for (int round = 0; round < 5000; ++round) {
    std::string text;
    std::string wanted;
    for (auto left = random() % 200; left != 0; --left) {
      const char c = "ab\""[random() % 3];
      wanted += c;
      text += c == '"' ? "\"\"" : std::string(1, c);
    }
    const std::size_t size = text.size();
    text.append(InputWindow::kSlack, '"');
    for (const auto copy : {copy_pairs_as_one, copy_pairs_as_one_plainly}) {
      std::string out(size + 16, '\0');
      const char* end = copy(out.data(), std::string_view(text).substr(0, size), '"');
      out.resize(static_cast<std::size_t>(end - out.data()));
      REQUIRE(out == wanted);
    }
  }
}

#include "connectors/files/csv_scanner.h"

#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <vector>

#include "connectors/files/input_window.h"

using namespace wharf::connectors::files;

namespace {

struct Scanned {
  std::vector<std::vector<std::string>> rows;
  std::vector<bool> quoted;
  std::size_t used = 0;
  CsvScanner::Step last = CsvScanner::Step::row;

  friend bool operator==(const Scanned&, const Scanned&) = default;
};

/// Everything that one text gives. A comment that never occurs takes the road that looks at every
/// quote; without one, regular texts take the short one.
Scanned scan(std::string text, bool whole, bool looks_at_every_quote) {
  const std::size_t size = text.size();
  text.append(InputWindow::kSlack, '"');  // what stands behind is to mean nothing
  CsvDialect dialect;
  if (looks_at_every_quote) dialect.comment = "\x01";
  CsvScanner scanner(dialect);
  scanner.set_text(std::string_view(text).substr(0, size), whole);
  Scanned out;
  std::vector<CsvField> row;
  while ((out.last = scanner.next(row)) == CsvScanner::Step::row) {
    out.rows.emplace_back();
    for (const CsvField& field : row) {
      std::string field_text(field.size + std::size_t{16}, '\0');
      if (field.escaped) {
        field_text.resize(scanner.unescape(field, field_text.data()));
      } else {
        field_text = field.raw();
      }
      out.rows.back().push_back(field_text);
      out.quoted.push_back(field.quoted);
    }
  }
  out.used = scanner.used();
  return out;
}

std::string random_text(std::mt19937& random, std::string_view pieces, std::size_t size) {
  std::string text;
  while (text.size() < size) text.push_back(pieces[random() % pieces.size()]);
  return text;
}

/// A text as RFC 4180 wants it.
std::string regular_text(std::mt19937& random, std::size_t rows) {
  std::string text;
  for (std::size_t row = 0; row < rows; ++row) {
    for (int column = 0; column < 3; ++column) {
      if (column != 0) text += ',';
      if (random() % 2 == 0) {
        text += random_text(random, "abc ", random() % 30);
        continue;
      }
      text += '"';
      for (auto left = random() % 40; left != 0; --left) {
        const char c = "ab,\n\r\""[random() % 6];
        text += c == '"' ? "\"\"" : std::string(1, c);
      }
      text += '"';
    }
    text += random() % 4 == 0 ? "\r\n" : "\n";
  }
  return text;
}

}  // namespace

TEST_CASE("the short road of regular texts gives what looking at every quote gives") {
  std::mt19937 random(20260901);
  for (int round = 0; round < 20000; ++round) {
    std::string text = round % 2 == 0 ? random_text(random, "a\",\n\"\r,b\"", random() % 200)
                                      : regular_text(random, random() % 8);
    if (round % 5 == 1 && !text.empty()) text.resize(random() % text.size());
    for (const bool whole : {false, true}) {
      INFO(text);
      CHECK(scan(text, whole, false) == scan(text, whole, true));
    }
  }
}

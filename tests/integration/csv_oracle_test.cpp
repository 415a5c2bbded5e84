// Python's csv module is the second eye on our reader: random nasty files, read by both.

#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "../unit/connectors_files/temporary_directory.h"
#include "connectors/files/csv_reader.h"

using namespace wharf::connectors::files;

namespace {

using Rows = std::vector<std::vector<std::string>>;

/// One way to write a file, as both sides are told.
struct Case {
  CsvDialect dialect;
  std::string text;
};

constexpr const char* kOracle = R"py(
import csv, sys
csv.field_size_limit(1 << 30)
index, out = open(sys.argv[1], newline='').read().split('\n')[:-1], open(sys.argv[2], 'w', newline='')
for line in index:
    path, delimiter, quote, double, escape = line.split(' ')
    kind = dict(delimiter=chr(int(delimiter)), doublequote=double == '1', strict=False)
    if quote == '0': kind['quoting'] = csv.QUOTE_NONE
    else: kind['quotechar'] = chr(int(quote))
    if escape != '0': kind['escapechar'] = chr(int(escape))
    for row in csv.reader(open(path, newline='', encoding='utf-8'), **kind):
        if row: out.write('\x1f'.join(row) + '\x1e')
    out.write('\x1d')
)py";

/// Text made of what can go wrong: quotes in every place, delimiters, line ends, wide characters.
/// A CR stands only before an LF or inside quotes: Python takes a lone one for a line end. Quotes
/// are closed at the end, and escapes have something behind them: there the two differ on purpose.
std::string nasty_text(std::mt19937& chance, const CsvDialect& dialect) {
  const auto below = [&chance](unsigned limit) { return static_cast<unsigned>(chance()) % limit; };
  const std::string quote(dialect.quote ? 1 : 0, dialect.quote.value_or(' '));
  const std::string pieces[] = {"a",   "bc", "12.50", " ", "\xC3\xBC", "\xF0\x9F\x99\x82",
                                "x=y", "#"};
  std::string text;
  const unsigned rows = 1 + below(8);
  for (unsigned row = 0; row < rows; ++row) {
    const unsigned fields = 1 + below(5);
    for (unsigned field = 0; field < fields; ++field) {
      if (field != 0) text += dialect.delimiter;
      const bool quoted = dialect.quote && below(2) == 0;
      if (quoted) text += quote;
      for (unsigned piece = below(5); piece != 0; --piece) {
        const unsigned kind = below(12);
        if (kind < 7 || (!quoted && kind < 10)) {
          text += pieces[below(8)];
        } else if (kind == 7) {
          text += dialect.delimiter;
        } else if (kind == 8) {
          text += below(2) == 0 ? "\n" : "\r\n";
        } else if (kind == 9) {
          text += dialect.double_quote ? quote + quote : "";
        } else if (kind == 10 && dialect.escape) {
          text += std::string(1, *dialect.escape) + (below(2) == 0 ? quote + "k" : "\\");
        } else if (!quoted && !text.empty() && text.back() != dialect.delimiter &&
                   text.back() != '\n') {
          text += quote;  // data there
        }
      }
      if (quoted) text += quote;
      if (quoted && below(6) == 0) text += "tail" + (below(2) == 0 ? quote : "");
    }
    if (row + 1 < rows || below(3) != 0) text += below(3) == 0 ? "\r\n" : "\n";
    if (below(8) == 0 && text.ends_with('\n')) text += "\n";
  }
  return text;
}

Case random_case(std::mt19937& chance) {
  Case made;
  const char delimiters[] = {',', ';', '\t', '|'};
  made.dialect.delimiter = delimiters[chance() % 4];
  switch (chance() % 6) {
    case 0:
      made.dialect.quote = '\'';
      break;
    case 1:
      made.dialect.quote.reset();
      break;
    case 2:
      made.dialect.escape = '\\';
      made.dialect.double_quote = chance() % 2 == 0;
      break;
    default:
      break;
  }
  made.text = nasty_text(chance, made.dialect);
  return made;
}

Rows ours(const std::string& path, const CsvDialect& dialect, std::size_t block) {
  const InputFile file(path);
  CsvFormat format;
  format.dialect = dialect;
  format.header = CsvFormat::Header::given;
  format.given_names = {"any"};
  CsvReader reader(file, format, true, {.block = block});
  Rows rows;
  while (true) {
    if (reader.next()) {
      rows.emplace_back();
      for (const CsvField& field : reader.fields()) {
        rows.back().push_back(text_of(reader.scanner(), field));
      }
    } else if (!reader.read_on()) {
      return rows;
    }
  }
}

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == at) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

/// What Python reads in each of the cases.
std::vector<Rows> theirs(const TemporaryDirectory& directory, const std::vector<Case>& cases) {
  std::string index;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const CsvDialect& dialect = cases[i].dialect;
    index += directory.path(std::to_string(i)) + " " + std::to_string(int{dialect.delimiter}) +
             " " + std::to_string(int{dialect.quote.value_or('\0')}) + " " +
             (dialect.double_quote ? "1 " : "0 ") +
             std::to_string(int{dialect.escape.value_or('\0')}) + "\n";
  }
  const std::string command = "python3 " + directory.write("oracle.py", kOracle) + " " +
                              directory.write("index", index) + " " + directory.path("answers");
  REQUIRE(std::system(command.c_str()) == 0);
  std::ostringstream answers;
  answers << std::ifstream(directory.path("answers"), std::ios::binary).rdbuf();
  std::vector<Rows> all;
  for (const std::string& answer : split(answers.str(), '\x1d')) {
    all.emplace_back();
    for (const std::string& row : split(answer, '\x1e')) all.back().push_back(split(row, '\x1f'));
    all.back().pop_back();  // behind the last separator
  }
  return all;
}

}  // namespace

TEST_CASE("our rows of 4000 nasty files are those of Python's csv module, at several block sizes") {
  const char* given = std::getenv("WHARF_SEED");
  const unsigned seed = given != nullptr ? static_cast<unsigned>(std::strtoul(given, nullptr, 10))
                                         : std::random_device()();
  std::printf("WHARF_SEED=%u\n", seed);
  std::mt19937 chance(seed);
  TemporaryDirectory directory;
  std::vector<Case> cases;
  for (int i = 0; i < 4000; ++i) {
    cases.push_back(random_case(chance));
    directory.write(std::to_string(i), cases.back().text);
  }
  const std::vector<Rows> expected = theirs(directory, cases);
  REQUIRE(expected.size() == cases.size() + 1);
  std::size_t rows = 0;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    for (const std::size_t block : {std::size_t{1} << 16, std::size_t{1}, std::size_t{7}}) {
      const Rows read = ours(directory.path(std::to_string(i)), cases[i].dialect, block);
      if (read != expected[i]) {
        CAPTURE(seed, i, block, cases[i].text, cases[i].dialect.double_quote);
        REQUIRE(read == expected[i]);
      }
    }
    rows += expected[i].size();
  }
  CHECK(rows > cases.size());
}

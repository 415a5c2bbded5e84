#include "connectors/source_file/sample.h"

#include <algorithm>
#include <map>
#include <string>

#include "connectors/files/jsonl_reader.h"
#include "connectors/source_file/type_guess.h"

namespace wharf::connectors::source_file {
namespace {

/// Columns by name, in the order in which they were first seen.
class Guesses {
 public:
  TypeGuess& of(const std::string& name) {
    const auto [at, fresh] = places_.emplace(name, columns_.size());
    if (fresh) columns_.push_back({name, {}});
    return columns_[at->second].second;
  }
  const std::vector<std::pair<std::string, TypeGuess>>& columns() const { return columns_; }

 private:
  std::vector<std::pair<std::string, TypeGuess>> columns_;
  std::map<std::string, std::size_t> places_;
};

constexpr files::InputWindow::Settings kReading = {.block = std::size_t{64} << 10,
                                                   .ahead = false};  // a look here and there
/// How many line beginnings are tried at a place before it is given up.
constexpr int kTries = 5;

/// The begin of the first line behind `offset`, none within 64 KB: the end of the file.
std::uint64_t line_begin_behind(const files::InputFile& file, files::Encoding encoding,
                                std::uint64_t offset) {
  offset -= offset % files::unit_of(encoding);
  std::string bytes(std::size_t{64} << 10, '\0');
  bytes.resize(file.read_at(offset, bytes.data(), bytes.size()));
  const auto end = files::line_end_in(encoding, bytes);
  return end ? offset + *end : file.size();
}

class CsvSample {
 public:
  CsvSample(const FileEntry& entry, const files::CsvFormat& format, const CellParser& cells,
            bool infer)
      : file_(entry.path), reader_(file_, format, true, kReading), cells_(cells), infer_(infer) {}

  void look(Guesses& guesses, SampleSize size) {
    for (const std::string& name : reader_.names()) guesses.of(name);
    if (!infer_ || !reader_.begun()) return;
    const std::size_t rows = read_rows(guesses, size.first_rows, false);
    if (rows < size.first_rows) return;
    const files::Encoding encoding = reader_.encoding();
    for (std::size_t place = 1; place <= size.places; ++place) {
      std::uint64_t offset = file_.size() / (size.places + 1) * place;
      for (int tries = 0; tries < kTries; ++tries) {
        offset = line_begin_behind(file_, encoding, offset);
        if (offset >= file_.size() || look_at(offset, guesses, size.rows_at_place)) break;
      }
    }
  }

 private:
  // A line can begin inside a quoted field. Then the rows that follow come out crooked, and what
  // they would have said is forgotten.
  bool look_at(std::uint64_t offset, Guesses& guesses, std::size_t rows) {
    Guesses trial = guesses;
    try {
      reader_.go_to(offset);
      if (read_rows(trial, rows, true) == 0) return false;
    } catch (const Failure&) {
      return false;
    }
    guesses = std::move(trial);
    return true;
  }

  /// How many rows were there, at most `limit`; 0 if they had to be straight and were not.
  std::size_t read_rows(Guesses& guesses, std::size_t limit, bool straight) {
    std::vector<TypeGuess*> columns;
    for (const std::string& name : reader_.names()) columns.push_back(&guesses.of(name));
    std::size_t rows = 0;
    while (rows < limit) {
      if (!reader_.next()) {
        if (reader_.read_on()) continue;
        break;
      }
      const auto& fields = reader_.fields();
      if (straight && fields.size() != columns.size()) return 0;
      for (std::size_t i = 0; i < std::min(fields.size(), columns.size()); ++i) {
        see(*columns[i], fields[i]);
      }
      ++rows;
    }
    return rows;
  }

  void see(TypeGuess& guess, const files::CsvField& field) {
    std::string unescaped;
    std::string_view text = field.raw();
    if (field.escaped) text = unescaped = files::text_of(reader_.scanner(), field);
    // Whether a named null counts depends on the type, which is not known yet: here it always does.
    if (!cells_.is_null(text, field.quoted, record::Type::any)) guess.see_text(text, cells_);
  }

  files::InputFile file_;
  files::CsvReader reader_;
  const CellParser& cells_;
  bool infer_;
};

class JsonlSample {
 public:
  JsonlSample(const FileEntry& entry, const std::string& encoding)
      : file_(entry.path), reader_(file_, encoding, true, kReading) {}

  void look(Guesses& guesses, SampleSize size) {
    if (read_lines(guesses, size.first_rows) < size.first_rows) return;
    for (std::size_t place = 1; place <= size.places; ++place) {
      const std::uint64_t offset =
          line_begin_behind(file_, reader_.encoding(), file_.size() / (size.places + 1) * place);
      if (offset >= file_.size()) continue;
      reader_.go_to(offset);
      read_lines(guesses, size.rows_at_place);
    }
  }

 private:
  std::size_t read_lines(Guesses& guesses, std::size_t limit) {
    std::size_t lines = 0;
    while (lines < limit) {
      if (reader_.next()) {
        see_line(guesses);
        ++lines;
      } else if (!reader_.read_on()) {
        break;
      }
    }
    return lines;
  }

  /// What is no object says nothing here; reading it is what fails.
  void see_line(Guesses& guesses) {
    files::JsonCursor cursor(reader_.line());
    files::JsonValue key;
    files::JsonValue value;
    bool done = false;
    while (cursor.member(key, value, done) && !done) {
      std::string name(key.inside());
      if (key.escaped) name.resize(files::unescape_json(key.inside(), name.data()));
      guesses.of(name).see_json(value);
    }
  }

  files::InputFile file_;
  files::JsonlReader reader_;
};

void append_or_replace(std::vector<record::Column>& columns, const record::Column& column) {
  const auto same = std::find_if(columns.begin(), columns.end(),
                                 [&](const auto& known) { return known.name == column.name; });
  if (same == columns.end()) {
    columns.push_back(column);
  } else {
    same->type = column.type;
  }
}

}  // namespace

std::vector<record::Column> discover_columns(const StreamConfig& stream, const FileSet& set,
                                             SampleSize size) {
  std::vector<record::Column> columns;
  if (stream.schemaless) {
    columns.push_back({std::string(kSchemalessColumn), record::Type::object});
  } else {
    // Many files share one sample of rows; each still gets its header and a few rows seen.
    constexpr std::size_t kWholeSamples = 20;
    const CellParser cells(stream.cells);
    Guesses guesses;
    for (std::size_t i = 0; i < set.files.size(); ++i) {
      if (i == kWholeSamples) size = {.first_rows = 100, .places = 0, .rows_at_place = 0};
      if (set.filetype == Filetype::jsonl) {
        JsonlSample(set.files[i], set.csv.encoding).look(guesses, size);
      } else {
        CsvSample(set.files[i], set.csv, cells, stream.cells.infer).look(guesses, size);
      }
    }
    const bool strings = set.filetype != Filetype::jsonl && !stream.cells.infer;
    for (const auto& [name, guess] : guesses.columns()) {
      columns.push_back({name, strings ? record::Type::string : guess.type()});
    }
    for (const record::Column& column : stream.input_schema) append_or_replace(columns, column);
  }
  if (stream.metadata_columns) {
    for (const std::string_view name : {kFileUrl, kFileModified}) {
      append_or_replace(columns, {std::string(name), record::Type::string});
    }
  }
  return columns;
}

}  // namespace wharf::connectors::source_file

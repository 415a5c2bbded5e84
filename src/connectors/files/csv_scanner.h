#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/files/csv_marks.h"

namespace wharf::connectors::files {

/// How a file of separated values is written: RFC 4180 and what people do to it.
struct CsvDialect {
  char delimiter = ',';
  std::optional<char> quote = '"';
  bool double_quote = true;    ///< a quote inside quotes is written twice
  std::optional<char> escape;  ///< the character behind it stands for itself
  std::string comment;         ///< lines that begin with it are skipped; empty: none
};

/// A field as it stands in the text: between its quotes, if it has them.
struct CsvField {
  const char* begin;
  std::uint32_t size;
  bool quoted;
  bool tailed;  ///< text follows its closing quote
  /// It is not its own text: `unescape` makes that. Then begin and size are the whole field, quotes
  /// included, and `special` is where in the scanner's marks it begins.
  bool escaped;
  std::uint32_t special;

  std::string_view raw() const { return {begin, size}; }
};

/// Splits text into rows of fields. Two steps: the places of all characters that can mean anything
/// are found 64 bytes at a time, then rows are walked from mark to mark. Where quotes stand as
/// RFC 4180 wants them, nothing between them means anything. One thread; holds no text.
///
/// A quote opens quotes only as the first character of a field; text behind closing quotes belongs
/// to the field. A line ends with LF or CRLF, a CR elsewhere is data. Empty lines are no rows.
class CsvScanner {
 public:
  enum class Step : std::uint8_t {
    row,
    incomplete,  ///< the text ends inside a row, or is used up
    unclosed,    ///< the last text of the file ends inside quotes
  };

  explicit CsvScanner(CsvDialect dialect);

  /// The text to go on with; `whole`: nothing follows it, so that its last line may lack its end.
  /// InputWindow::kSlack bytes behind it must be readable. Shorter than 4 GiB.
  void set_text(std::string_view text, bool whole);
  /// The next row, into `row`, whose fields hold if it says `row`.
  Step next(std::vector<CsvField>& row);
  /// Leaves out one line, whatever is in it. False: the text has no line end any more.
  bool skip_line();

  /// How much of the text is used up: the next row begins there.
  std::size_t used() const { return static_cast<std::size_t>(at_ - text_.data()); }
  /// Where the newest row begins.
  std::size_t row_begin() const { return static_cast<std::size_t>(row_begin_ - text_.data()); }

  /// The text of an escaped field, into `out`, which has room for field.size + 16 bytes. Its size.
  std::size_t unescape(const CsvField& field, char* out) const;

 private:
  void find_marks();
  bool find_regular_marks();
  void find_all_marks();
  void make_marks_room();
  CsvSigns signs() const { return {dialect_.delimiter, quote_, dialect_.escape.value_or('\n')}; }
  Step next_regular(std::vector<CsvField>& row);
  bool skip_what_is_no_row();
  bool is_break(char c) const { return c == dialect_.delimiter || c == '\n'; }
  Step quoted_field(CsvField& field, const char*& end);
  bool plain_field(CsvField& field, const char*& end);
  void drop_marks_before(const char* place);
  bool take_escape();

  CsvDialect dialect_;
  char quote_;  // '\n' if there is none: it is a mark anyway
  bool has_quote_;
  std::string_view text_;
  bool whole_ = false;
  const char* at_ = nullptr;
  const char* row_begin_ = nullptr;
  // Places of delimiters, quotes, escapes and line ends; of a regular text only of the delimiters
  // and line ends outside quotes.
  bool regular_ = false;
  std::unique_ptr<std::uint32_t[]> marks_;
  std::size_t marks_room_ = 0;
  std::size_t marks_size_ = 0;
  std::size_t mark_ = 0;  // the first that is not used up
};

}  // namespace wharf::connectors::files

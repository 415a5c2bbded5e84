#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "connectors/files/input_window.h"

namespace wharf::connectors::files {

/// The lines of one file of JSON lines; empty ones are none. One thread. A line is a view that
/// holds until `read_on`.
class JsonlReader {
 public:
  /// `last_line_counts`: a last line without a line end is a line (else it waits for its end).
  JsonlReader(const InputFile& file, std::string_view encoding, bool last_line_counts,
              InputWindow::Settings settings);
  /// Goes on at a line's begin, as `offset` said it.
  void go_to(std::uint64_t offset);

  /// The next line of the text in hand, into `line()`; false: `read_on` first.
  bool next();
  /// Moves on in the file: the line is void. False: there are no more lines.
  bool read_on();

  std::string_view line() const { return line_; }
  /// Where in the file the next line begins.
  std::uint64_t offset() const { return window_.offset_of(used_); }
  std::size_t used() const { return used_; }
  Encoding encoding() const { return encoding_; }
  /// A Failure that names a place in the newest line.
  [[noreturn]] void fail(std::size_t place, std::string_view what) const;
  std::uint64_t line_offset() const { return window_.offset_of(line_begin_); }
  std::uint64_t line_number() const {
    return window_.file().line_at(line_offset(), window_.encoding());
  }

 private:
  const InputFile& file_;
  Encoding encoding_;
  bool last_line_counts_;
  InputWindow::Settings settings_;
  InputWindow window_;
  std::size_t used_ = 0;      // of the window's text
  std::size_t searched_ = 0;  // no line end stands before it
  std::size_t line_begin_ = 0;
  std::string_view line_;
};

}  // namespace wharf::connectors::files

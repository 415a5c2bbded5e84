#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "connectors/files/encoding_text.h"
#include "connectors/files/input_file.h"
#include "connectors/files/read_ahead.h"

namespace wharf::connectors::files {

/// What a reader of rows has of a file in hand: a stretch of text that moves along the file. To be
/// called from one thread; of a long UTF-8 file, another one reads ahead. Text stays where it is
/// until `read_on`, so that rows can be views of it.
class InputWindow {
 public:
  struct Settings {
    std::size_t block = std::size_t{256} << 10;        ///< bytes per read
    std::size_t record_limit = std::size_t{64} << 20;  ///< the longest record
    bool ahead = true;                                 ///< another thread may read on meanwhile
  };
  /// Bytes behind the text that may be read (never written), so that wide loads need no check.
  static constexpr std::size_t kSlack = 64;

  /// Text of `file` from the byte `begin` on. A byte order mark at the file's begin is no text.
  InputWindow(const InputFile& file, Encoding encoding, std::uint64_t begin, Settings settings);

  /// What has been read and not been consumed: UTF-8, whole characters.
  std::string_view text() const { return {begin_, static_cast<std::size_t>(end_ - begin_)}; }
  /// Nothing follows the text.
  bool at_end() const { return next_ == file_->size(); }
  void consume(std::size_t size) { begin_ += size; }

  /// Reads another block behind the text, which may move. False at the end of the file. Fails on
  /// bytes that the encoding does not have, and when the text is longer than a record may be.
  bool read_on();

  /// Where in the file (in its own bytes) the text that begins `at` bytes into text() stands.
  std::uint64_t offset_of(std::size_t at) const {
    return offset_ +
           size_in_file(encoding_, {marked_, static_cast<std::size_t>(begin_ - marked_) + at});
  }
  [[noreturn]] void fail_at(std::size_t at, std::string_view what) const {
    file_->fail_at(offset_of(at), encoding_, what);
  }
  const InputFile& file() const { return *file_; }
  Encoding encoding() const { return encoding_; }

 private:
  void take_ahead();
  void read_ahead();
  void make_room();
  std::size_t read_block(char* into);
  void read_utf8();
  void take_valid(const char* fresh, std::size_t size, ValidPrefix valid);
  void read_other();
  [[noreturn]] void fail_shortened() const;
  [[noreturn]] void fail_on_byte(std::uint64_t offset) const;

  const InputFile* file_;
  Encoding encoding_;
  Settings settings_;
  TextRoom room_;
  const char* begin_ = nullptr;  // unread text …
  const char* end_ = nullptr;  // … whole characters; in UTF-8 an unfinished one may stand behind it
  const char* marked_ = nullptr;  // the place in the buffer whose offset in the file is offset_
  std::uint64_t offset_;
  std::uint64_t next_;                // the next byte to read from the file
  std::size_t step_ = 0;              // bytes of the read in hand
  std::size_t unfinished_ = 0;        // bytes of it behind end_
  std::string raw_;                   // encodings other than UTF-8: bytes of the file …
  std::string converted_;             // … and their text
  std::unique_ptr<ReadAhead> ahead_;  // none: the file is short, or not UTF-8
};

}  // namespace wharf::connectors::files

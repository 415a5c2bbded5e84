#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "connectors/files/background.h"
#include "connectors/files/encoding_text.h"
#include "connectors/files/input_file.h"

namespace wharf::connectors::files {

/// Bytes that text stands in, and how many.
struct TextRoom {
  std::unique_ptr<char[]> bytes;
  std::size_t size = 0;  ///< without the slack behind
};

/// Reads a block of a UTF-8 file, and looks whether it is UTF-8, while the block before it is in
/// use. To be called from one thread; the reading is another's.
class ReadAhead {
 public:
  /// Free bytes before a block's text: what is left of the block before goes there.
  static constexpr std::size_t kFront = std::size_t{64} << 10;

  /// What was read: `room.bytes[kFront]` begins the text.
  struct Block {
    std::size_t size = 0;  ///< of the text, the begin it was given included
    std::size_t got = 0;   ///< bytes of the file
    ValidPrefix valid;     ///< of the text
  };

  /// `slack`: readable bytes behind the text.
  ReadAhead(const InputFile& file, std::size_t slack) : file_(file), slack_(slack) {}

  /// Begins to read `size` bytes at `offset`. `begin`: an unfinished character that they go on
  /// with.
  void begin(std::uint64_t offset, std::size_t size, std::string_view begin);
  bool is_begun() const { return background_.is_begun(); }
  /// Waits for what was begun. Throws what InputFile::read_at throws.
  const Block& finish();
  /// The block's. Until exchange() or begin().
  const char* text() const { return room_.bytes.get() + kFront; }
  /// The block's room for another, which the next block will stand in.
  void exchange(TextRoom& room) { std::swap(room_, room); }

 private:
  void read(std::uint64_t offset, std::size_t size);

  const InputFile& file_;
  const std::size_t slack_;
  TextRoom room_;
  Block block_;
  Background background_;  // last: it ends before what it works on
};

}  // namespace wharf::connectors::files

#pragma once
// Bytes → lines, with a limit to their length. Pure; for what connectors print (states, logs), not
// for the records' fast road.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace wharf::protocol {

/// Cuts a stream of bytes at its line ends. Feed a buffer, take its lines until there is none, feed
/// the next one. A line is given without its `\n`, or `\r\n`. It is a view: into the fed buffer
/// where it lies whole in there, else into the splitter; good until the next call of either
/// function.
class LineSplitter {
 public:
  /// A line went over the limit; `length` is what of it was seen so far. No line follows: what
  /// would come next has lost its beginning.
  struct TooLong {
    std::size_t length = 0;
  };
  /// A line, nothing for now, or a line that is too long.
  using Next = std::variant<std::monostate, std::string_view, TooLong>;

  explicit LineSplitter(std::size_t length_max) : length_max_(length_max) {}

  /// Borrows `bytes` until next() has no more lines in it. Every line of the buffer before it must
  /// have been taken.
  void feed(std::string_view bytes);

  Next next();

  /// The half line at the end of the stream, if there is one. Call it when next() has nothing left.
  std::optional<std::string_view> finish() const;

 private:
  Next fail(std::size_t length);

  const std::size_t length_max_;
  std::string_view fed_;      ///< of the fed buffer, what is not yet given out
  std::string begun_;         ///< the line that earlier buffers began
  bool begun_given_ = false;  ///< begun_ was given out as a line and has to go
  std::optional<TooLong> too_long_;
};

}  // namespace wharf::protocol

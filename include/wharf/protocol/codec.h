#pragma once
// One line ⇄ one message: a tolerant reader, an exact writer.

#include <wharf/protocol/message.h>

#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace wharf::protocol {

/// Not a message of the protocol: log text that a connector printed on its stdout.
struct NotAMessage {};
/// A message we may drop: of a known type but without what it must have, or of a type nobody
/// needs (DESTINATION_CATALOG). `why` is for a debug log.
struct Dropped {
  std::string why;
};
/// A line that begins like a RECORD or STATE and does not parse, or that is cut short: the attempt
/// fails by name. `why` names the place, never the content.
struct Broken {
  std::string why;
};

using Parsed = std::variant<Message, NotAMessage, Dropped, Broken>;

/// Reads lines. Keeps its buffers between calls; one thread at a time. Unknown properties are kept
/// in `extra`, numbers and blobs as their text. Trailing text behind the first JSON value is
/// ignored.
class LineReader {
 public:
  LineReader();
  ~LineReader();
  LineReader(LineReader&&) noexcept;

  Parsed parse(std::string_view line);

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

/// Appends the message as one line, `\n` included.
void append_line(std::string& out, const Message& message);

/// Appends `text` as a JSON string, quotes included. Bytes that are not UTF-8 become U+FFFD.
void append_json_string(std::string& out, std::string_view text);

}  // namespace wharf::protocol

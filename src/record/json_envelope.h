#pragma once
// The outside of a JSON line: what it is, and where its record's parts stand.

#include <cstdint>
#include <string_view>

namespace wharf::record::json {

/// A JSON string where it stands: the inside of its quotes.
struct RawString {
  std::string_view inside;
  bool escaped = false;
};

struct Envelope {
  enum class Kind {
    record,
    other,    ///< any other message, or no message at all
    nothing,  ///< a record that is none: statistics only, no stream, no data or no field in it
    broken,   ///< begins like a record and is no JSON
  };
  Kind kind = Kind::other;
  RawString stream;
  RawString name_space;
  RawString partition;
  std::string_view data;  ///< `{…}`, checked to be JSON
  std::string_view meta;  ///< `{…}` or empty
  std::int64_t emitted_at = 0;
};

/// Reads the envelope of `line`, whatever the order of its keys and the space between them. What
/// stands behind the first value of the line is ignored.
Envelope read_envelope(std::string_view line);

}  // namespace wharf::record::json

#pragma once
// The outside of a JSON line: what it is, and where its record's parts stand.

#include <cstdint>
#include <string>
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
  std::string_view emitted_at_text;
};

/// Reads the envelope of `line`, whatever the order of its keys and the space between them. What
/// stands behind the first value of the line is ignored.
Envelope read_envelope(std::string_view line);

/// Whether `object` (JSON, or empty) has any member.
bool has_members(std::string_view object);

/// The shape that the lines of one writer have in common: `head data middle digits tail`, where
/// only the data and the digits of `emitted_at` differ. A line of that shape is known at sight, if
/// its data is one JSON object: whoever reads the data must check that, and read the whole envelope
/// if not.
class KnownLine {
 public:
  struct Parts {
    std::string_view data;
    std::int64_t emitted_at = 0;
  };

  bool matches(std::string_view line, Parts& out) const;
  /// Learns the shape of a record's line, if it has one.
  void learn(std::string_view line, const Envelope& envelope);

 private:
  std::string head_, middle_, tail_;
};

}  // namespace wharf::record::json

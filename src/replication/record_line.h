#pragma once
// The stdio pump's eye: what stands on a source's line, and the line as its destination shall get
// it. Pure. (data-plane 5.0-5.3)

#include <wharf/protocol/catalog.h>
#include <wharf/protocol/context.h>
#include <wharf/record/buffer.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace wharf::replication {

/// One stream of the pump.
struct PumpStream {
  protocol::StreamDescriptor from;  ///< the source's name
  protocol::StreamDescriptor to;    ///< the destination's
  /// The exact lane: only these top-level fields go on; none: all of them do.
  std::optional<std::unordered_set<std::string>> fields;
  /// The exact lane: at least one of these must be there and not null.
  std::vector<std::string> key;

  bool exact() const { return fields.has_value() || !key.empty(); }
};

/// What stands on a line.
struct Look {
  enum class Kind : std::uint8_t {
    record,
    empty_record,  ///< no data: dropped
    other,         ///< no record: a state, a trace, a log line
    unknown_stream,
    broken,  ///< begins like a record and is none
    no_key,  ///< every field of the primary key is null or missing
  };
  Kind kind = Kind::other;
  bool unchanged = false;    ///< record: the destination gets the line as it is
  std::uint32_t stream = 0;  ///< record
  std::size_t data_bytes = 0;
  std::string why;  ///< unknown_stream, broken, no_key: for the message
};

/// Recognises record lines. Remembers how the last one began: sources write the envelope of a
/// stream's records alike, so most lines are known by one comparison. One thread.
class RecordLines {
 public:
  explicit RecordLines(std::vector<PumpStream> streams);

  const std::vector<PumpStream>& streams() const { return streams_; }

  /// Looks at one line, without its line end.
  Look look(std::string_view line);
  /// Appends the line that `look` was just asked about as its destination shall get it, with a line
  /// end. Only for records that are not `unchanged`. False: fields are to be chosen from the data,
  /// and it is no JSON; then what was appended is of no use.
  [[nodiscard]] bool rewrite(std::string_view line, const Look& look, record::Buffer& out);

 private:
  // The envelope of a record, taken apart: extents within the line.
  struct Envelope {
    std::uint32_t stream = 0;
    std::string_view name_value;       // with its quotes
    std::string_view namespace_value;  // with its quotes, or null, or absent
    std::string_view data;             // from { to }
    bool ends_with_emitted_at = false;
  };
  // How a stream's lines begin, up to and with `"data":`, and how they shall begin.
  struct Prefix {
    std::string bytes;
    std::string mapped;
    std::uint32_t stream = 0;
  };

  Look look_at_envelope(std::string_view line);
  Look judged(std::string_view data, std::uint32_t stream) const;
  std::optional<Envelope> take_apart(std::string_view line, Look& look);
  struct Edit;
  std::vector<Edit> edits_of(const Envelope& envelope) const;
  bool write_edit(const Edit& edit, std::uint32_t stream, record::Buffer& out);
  std::string mapped_head(std::string_view line, const Envelope& envelope);
  bool write_chosen(std::string_view data, std::uint32_t stream, record::Buffer& out);
  bool is_chosen(std::string_view key, bool escaped, std::size_t place, std::uint32_t stream);

  // A member of a record's data: rows of a stream mostly have the same ones in the same places.
  struct Member {
    std::string key;  // as it stands in the line
    bool chosen;
  };

  std::vector<PumpStream> streams_;
  std::vector<std::vector<Member>> members_;  // of the newest row of each stream, in their places
  std::vector<Prefix> prefixes_;              // one for each stream at most, the last used first
  std::optional<Envelope> newest_;            // of the line that `look` took apart, if it had to
};

}  // namespace wharf::replication

#pragma once
// The stdio pump's eye: what stands on a source's line, and the line as its destination shall get
// it. Pure. (data-plane 5.0-5.3)

#include "replication/record_envelope.h"
#include "replication/record_fields.h"

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
  // The line that `look` took apart, if it had to.
  struct Newest {
    RecordEnvelope envelope;
    std::uint32_t stream = 0;
  };
  // How a stream's lines begin, up to and with `"data":`, and how they shall begin.
  struct Prefix {
    std::string bytes;
    std::string mapped;
    std::uint32_t stream = 0;
  };

  Look look_at_envelope(std::string_view line);
  Look judged(std::string_view data, std::uint32_t stream) const;
  std::optional<std::uint32_t> find_stream(const protocol::StreamDescriptor& name) const;
  struct Edit;
  std::vector<Edit> edits_of(const Newest& newest) const;
  bool write_edit(const Edit& edit, std::uint32_t stream, record::Buffer& out);
  std::string mapped_head(std::string_view line);

  std::vector<PumpStream> streams_;
  std::vector<ChosenFields> chosen_;  // of each stream; of use where fields were chosen
  std::vector<Prefix> prefixes_;      // one for each stream at most, the last used first
  std::optional<Newest> newest_;
};

}  // namespace wharf::replication

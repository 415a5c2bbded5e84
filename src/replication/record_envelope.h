#pragma once

#include <wharf/protocol/catalog.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace wharf::replication {

/// A RECORD message's line, taken apart: extents within it. Pure.
struct RecordEnvelope {
  std::string_view name_value;       ///< the stream's, with its quotes
  std::string_view namespace_value;  ///< with its quotes, or null; empty: absent
  std::string_view data;             ///< from { to }
  /// What stands behind the data is `emitted_at` alone, so that the shape of such a line's end
  /// tells where its data ends (data_end_by_tail).
  bool ends_with_emitted_at = false;

  /// Whose record it is.
  protocol::StreamDescriptor stream_name() const;
};

/// White space apart, `{"type":"RECORD"` or `{"record":`: a line that means to be a record.
bool begins_like_record(std::string_view line);

/// None: it is no record, or none that can be read.
std::optional<RecordEnvelope> take_apart(std::string_view line);

/// `},"emitted_at":1700000000000}}` at the end of the line, spaces after `,` and `:` or none: where
/// the `}` of the data ends; npos if the line ends otherwise.
std::size_t data_end_by_tail(std::string_view line);

/// The text of a JSON string: what is inside its quotes, unescaped.
std::string unquoted(std::string_view string);

}  // namespace wharf::replication

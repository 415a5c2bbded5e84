#pragma once

#include <wharf/record/value.h>

#include <cstddef>
#include <string_view>

namespace wharf::connectors::source_file {

// Numbers as nearly every file writes them: each a value, or null where it is longer, rarer or
// wrong, and so one for the exact road (include/wharf/record/text_form.h). Not of empty texts;
// kAhead bytes from a text's first one on can be read, however short it is: it is a cell of a
// file's text in hand (files/input_window.h) or of a batch.
inline constexpr std::size_t kAhead = 9;

/// Up to 18 digits, maybe a minus; no leading zeros.
record::Value plain_integer(std::string_view text);

/// Up to 15 digits with or without a point: such a decimal is one division away from its double,
/// and comes back from it with the same digits.
record::Value plain_decimal(std::string_view text);

}  // namespace wharf::connectors::source_file

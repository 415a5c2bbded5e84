#pragma once

#include <wharf/record/value.h>

#include <string_view>

namespace wharf::connectors::source_file {

// Dates and timestamps as nearly every file writes them: each a value, or null where it is rarer or
// wrong, and so one for the exact road (include/wharf/record/text_form.h).

/// `YYYY-MM-DD`
record::Value plain_date(std::string_view text);

/// `YYYY-MM-DDTHH:MM:SS`, a space for the T, up to nine digits of a fraction.
record::Value plain_timestamp(std::string_view text);
/// Likewise, with a Z.
record::Value plain_timestamp_tz(std::string_view text);

}  // namespace wharf::connectors::source_file

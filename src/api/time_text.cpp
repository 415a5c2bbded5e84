#include "api/time_text.h"

#include <wharf/record/text_form.h>

namespace wharf::api {

std::optional<base::WallTime> time_from(std::string_view text) {
  record::Value value;
  if (!record::parse_timestamp_tz(text, value)) return std::nullopt;
  return base::from_millis(value.second() * 1000 + value.nanos() / 1'000'000);
}

}  // namespace wharf::api

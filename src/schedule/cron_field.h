#pragma once

#include <wharf/error.h>

#include <span>
#include <string_view>
#include <vector>

namespace wharf::schedule {

/// One field of a cron expression: what may stand in it.
struct CronField {
  std::string_view name;  ///< "day-of-month"
  int low;
  int high;
  int step_max;
  std::span<const std::string_view> names = {};  ///< capitals; the first stands for `first_name`
  int first_name = 0;
  std::string_view note = {};  ///< said beside the range in refusals: "1 is Sunday"
  bool wraps = false;          ///< a range may run over the end: 22-2 is 22, 23, 0, 1, 2
  bool steps_alone = false;    ///< `/15` is said for `*/15`
  bool steps_after_names = true;
};

/// The values that a list of values, ranges and steps means, in order, each once. `text` is in
/// capitals. Fails with `invalid_argument`, naming the field, what stands in it and what is
/// allowed.
Result<std::vector<int>> values_of(const CronField& field, std::string_view text);

/// One value by its number or name.
Result<int> value_of(const CronField& field, std::string_view text);

/// "minute '61' must be 0 to 59".
Error refusal(const CronField& field, std::string_view text);
Error refusal(const CronField& field, std::string_view text, std::string_view why);

}  // namespace wharf::schedule

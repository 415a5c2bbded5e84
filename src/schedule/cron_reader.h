#pragma once

#include "schedule/cron_times.h"

#include <wharf/error.h>

#include <string>
#include <string_view>

namespace wharf::schedule {

struct ReadCron {
  std::string text;    ///< as written, a space between fields
  bool seconds_first;  ///< Quartz's form; else a crontab's
  CronTimes times;
};

/// The grammar of cron_expression.h: a text → the times it means.
Result<ReadCron> read_cron(std::string_view text);

}  // namespace wharf::schedule

#include "schedule/cron_expression.h"

#include "schedule/cron_reader.h"

#include <algorithm>
#include <utility>

namespace wharf::schedule {

using std::chrono::local_seconds;
using std::chrono::seconds;
using std::chrono::sys_seconds;

namespace {

local_seconds local(sys_seconds instant, seconds offset) {
  return local_seconds(instant.time_since_epoch() + offset);
}

sys_seconds instant(local_seconds time, seconds offset) {
  return sys_seconds(time.time_since_epoch() - offset);
}

const sys_seconds kHorizon =
    std::chrono::sys_days(std::chrono::year(CronTimes::kLastYear + 1) / 1 / 2);

// No local time is farther than this from Greenwich's.
constexpr seconds kFarthest = std::chrono::hours(26);

}  // namespace

CronExpression::CronExpression(Form form, std::string text, const CronTimes& times)
    : text_(std::move(text)), form_(form), times_(times) {
  if (form == Form::crontab) {
    const auto hour = text_.find(' ') + 1;
    follows_clock_ = text_.front() == '*' || text_[hour] == '*';
  }
}

Result<CronExpression> CronExpression::parse(std::string_view text) {
  auto read = read_cron(text);
  if (!read) return std::move(read).error();
  return CronExpression(read->seconds_first ? Form::quartz : Form::crontab, std::move(read->text),
                        read->times);
}

std::optional<base::WallTime> CronExpression::next_after(base::WallTime after,
                                                         const TimeZone& zone) const {
  // The span of `after`, not of the second behind it: what a gap has skipped is due at its end.
  const sys_seconds start = std::chrono::floor<seconds>(after);
  ZoneSpan span = zone.span_at(start);
  sys_seconds from = start + seconds(1);
  while (from < kHorizon) {
    if (const auto found = first_in(span, from, zone)) return base::WallTime(*found);
    // On to the span in which a fitting time can be next, over all years that have none.
    const auto time = times_.first_in(local(span.end, -kFarthest), local(kHorizon, kFarthest));
    if (!time || span.end >= kHorizon) break;
    from = std::max(span.end, instant(*time, kFarthest));
    span = zone.span_at(from);
  }
  return std::nullopt;
}

std::optional<sys_seconds> CronExpression::first_in(const ZoneSpan& span, sys_seconds from,
                                                    const TimeZone& zone) const {
  const ZoneSpan next = span.end < kHorizon ? zone.span_at(span.end) : span;
  local_seconds begin = local(from, span.offset);
  local_seconds end = local(span.end, span.offset);
  const local_seconds resumed = local(span.end, next.offset);  // what the clock shows at the end
  const bool daily = form_ == Form::crontab && !follows_clock_;

  if (form_ == Form::quartz) end = std::min(end, resumed);  // the rest comes again
  if (daily && span.begin > kBeginning) {                   // what came before is over
    const ZoneSpan previous = zone.span_at(span.begin - seconds(1));
    begin = std::max(begin, local(span.begin, previous.offset));
  }
  if (const auto time = times_.first_in(begin, end)) return instant(*time, span.offset);
  if (daily && times_.first_in(end, resumed)) return span.end;
  return std::nullopt;
}

}  // namespace wharf::schedule

#include "schedule/schedule.h"

#include <fmt/format.h>

#include <array>

namespace wharf::schedule {
namespace {

constexpr int kFiringsSeen = 25;  // a day of an hourly schedule

Result<void> too_close(std::chrono::seconds apart, std::chrono::seconds least) {
  return Error{ErrorCode::invalid_argument,
               fmt::format("the schedule fires again after {} s; {} s is the least that is allowed",
                           apart.count(), least.count())};
}

}  // namespace

std::string_view name_of(TimeUnit unit) {
  constexpr std::array<std::string_view, 5> kNames{"minutes", "hours", "days", "weeks", "months"};
  return kNames[static_cast<std::size_t>(unit)];
}

std::string_view name_of(Missed missed) {
  return missed == Missed::once ? "once" : "skip";
}

std::chrono::minutes Basic::interval() const {
  using std::chrono::hours;
  constexpr std::array<std::chrono::minutes, 5> kUnits{std::chrono::minutes(1), hours(1), hours(24),
                                                       hours(24 * 7), hours(24 * 30)};
  return kUnits[static_cast<std::size_t>(unit)] * units;
}

Result<void> check_spacing(const Schedule& schedule, std::chrono::seconds least) {
  if (const auto* basic = std::get_if<Basic>(&schedule.timing)) {
    if (basic->interval() < least) return too_close(basic->interval(), least);
  }
  const auto* cron = std::get_if<Cron>(&schedule.timing);
  if (cron == nullptr) return {};
  const TimeZone zone = TimeZone::utc();  // what clocks do twice a year is not the schedule's
  auto firing = cron->expression.next_after(base::WallTime(), zone);
  for (int i = 1; i < kFiringsSeen && firing; ++i) {
    const auto next = cron->expression.next_after(*firing, zone);
    if (next && *next - *firing < least) {
      return too_close(std::chrono::floor<std::chrono::seconds>(*next - *firing), least);
    }
    firing = next;
  }
  return {};
}

}  // namespace wharf::schedule

#include "schedule/schedule.h"

#include <fmt/format.h>

#include <array>

namespace wharf::schedule {
namespace {

Result<void> too_close(std::chrono::seconds apart, std::chrono::seconds floor) {
  return Error{ErrorCode::invalid_argument,
               fmt::format("the schedule fires again after {} s; {} s is the least that is allowed",
                           apart.count(), floor.count())};
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

Result<void> check_spacing(const Schedule& schedule, base::WallTime from,
                           const TimeZone& default_zone, std::chrono::seconds floor) {
  if (const auto* basic = std::get_if<Basic>(&schedule.timing)) {
    if (basic->interval() < floor) return too_close(basic->interval(), floor);
  }
  const auto* cron = std::get_if<Cron>(&schedule.timing);
  if (cron == nullptr) return {};
  const TimeZone& zone = cron->zone ? *cron->zone : default_zone;
  auto firing = cron->expression.next_after(from, zone);
  for (int i = 0; i < 2 && firing; ++i) {
    const auto next = cron->expression.next_after(*firing, zone);
    if (next && *next - *firing < floor) {
      return too_close(std::chrono::floor<std::chrono::seconds>(*next - *firing), floor);
    }
    firing = next;
  }
  return {};
}

}  // namespace wharf::schedule

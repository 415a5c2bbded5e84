#include "schedule/due.h"

#include "schedule/jitter.h"

#include <algorithm>

namespace wharf::schedule {
namespace {

using base::WallTime;

constexpr std::chrono::seconds kApart(60);   // of two runs of a cron
constexpr std::chrono::seconds kOnTime(60);  // late by this much is not missed
constexpr std::chrono::hours kTrusted(24);   // ahead of now by more than this is a wrong clock's

// Asks one schedule about one moment.
class Asked {
 public:
  Asked(const Schedule& schedule, const Facts& facts, WallTime now, const TimeZone& default_zone,
        std::uint64_t seed)
      : schedule_(schedule), facts_(facts), now_(now), default_zone_(default_zone), seed_(seed) {
    if (wrong(facts_.since)) facts_.since = now;
    if (facts_.idle_since && wrong(*facts_.idle_since)) facts_.idle_since.reset();
    auto& previous = facts_.previous;
    if (previous && wrong(previous->created_at)) previous.reset();
    if (previous && previous->started_at && wrong(*previous->started_at)) {
      previous->started_at.reset();
    }
  }

  std::optional<WallTime> operator()(const Manual&) const { return std::nullopt; }

  std::optional<WallTime> operator()(const Basic& basic) const {
    if (!facts_.previous) return now_;
    const auto interval = basic.interval();
    WallTime due = facts_.previous->created_at + interval;
    if (schedule_.missed == Missed::skip && due < missed_before()) {
      const auto intervals = (missed_before() - due + interval - WallTime::duration(1)) / interval;
      due += intervals * interval;
    }
    if (!schedule_.jitter) return due;
    const auto max = jitter_max(interval);
    return std::max(facts_.previous->created_at,
                    due - std::chrono::seconds(max) / 2 + jitter(seed_, due, max));
  }

  std::optional<WallTime> operator()(const Cron& cron) const {
    WallTime after = facts_.since;
    if (facts_.idle_since) after = std::max(after, *facts_.idle_since);
    if (facts_.previous) {
      const auto& previous = *facts_.previous;
      after = std::max(after, previous.started_at.value_or(previous.created_at) + kApart);
    }
    if (schedule_.missed == Missed::once) return moved(cron, next(cron, after));
    // Jitter may have kept a firing from before the break for after it.
    const auto reach =
        schedule_.jitter ? std::chrono::seconds(kJitterMax) : std::chrono::seconds(0);
    auto firing = next(cron, std::max(after, missed_before() - reach - WallTime::duration(1)));
    while (firing && *moved(cron, firing) < missed_before()) firing = next(cron, *firing);
    return moved(cron, firing);
  }

 private:
  bool wrong(WallTime record) const { return record > now_ + kTrusted; }

  // Firings from here on were watched, or are to come.
  WallTime missed_before() const { return std::min(now_, facts_.watched_since) - kOnTime; }

  std::optional<WallTime> next(const Cron& cron, WallTime after) const {
    return cron.expression.next_after(after, cron.zone ? *cron.zone : default_zone_);
  }

  std::optional<WallTime> moved(const Cron& cron, std::optional<WallTime> firing) const {
    if (!firing || !schedule_.jitter) return firing;
    const auto following = next(cron, *firing);
    const auto max = following ? jitter_max(*following - *firing) : kJitterMax;
    return *firing + jitter(seed_, *firing, max);
  }

  const Schedule& schedule_;
  Facts facts_;
  WallTime now_;
  const TimeZone& default_zone_;
  std::uint64_t seed_;
};

}  // namespace

std::optional<base::WallTime> next_run(const Schedule& schedule, const Facts& facts,
                                       base::WallTime now, const TimeZone& default_zone,
                                       std::uint64_t seed) {
  if (!facts.active) return std::nullopt;
  return std::visit(Asked(schedule, facts, now, default_zone, seed), schedule.timing);
}

}  // namespace wharf::schedule

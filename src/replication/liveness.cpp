#include "replication/liveness.h"

#include <fmt/format.h>

#include <algorithm>

namespace wharf::replication {
namespace {

using std::chrono::milliseconds;

std::string in_words(milliseconds time) {
  using namespace std::chrono;
  if (time >= hours(1) && time % hours(1) == milliseconds(0)) {
    return fmt::format("{} h", duration_cast<hours>(time).count());
  }
  if (time >= seconds(1)) return fmt::format("{} s", duration_cast<seconds>(time).count());
  return fmt::format("{} ms", time.count());
}

milliseconds source_silence(const LivenessLimits& limits) {
  if (limits.max_between_messages) return *limits.max_between_messages;
  return limits.source_idle;
}

Faulted dead(Side side, std::string message) {
  const Origin origin = side == Side::source ? Origin::source : Origin::destination;
  return {side, Error{ErrorCode::timed_out, std::move(message), origin}};
}

}  // namespace

void note_pump(LivenessSigns& signs, const PumpSigns& pump, LivenessSigns::Time now) {
  if (pump.rows_read != signs.pump.rows_read) signs.source = now;
  if (pump.bytes_taken != signs.pump.bytes_taken) signs.destination = now;
  signs.pump = pump;
}

std::optional<Faulted> find_dead(const LivenessSigns& signs, const LivenessLimits& limits,
                                 LivenessSigns::Time now) {
  if (now - signs.began >= limits.attempt) {
    return dead(Side::source, fmt::format("the attempt has not ended within {}; its limit is the "
                                          "setting limits.attempt",
                                          in_words(limits.attempt)));
  }
  const auto idle = now - std::max({signs.began, signs.source, signs.destination});
  if (signs.source_ended || signs.pump.is_blocked) {
    if (idle < limits.destination_idle) return std::nullopt;
    return dead(Side::destination,
                fmt::format("the destination has taken and confirmed nothing for {}; its limit is "
                            "the setting limits.destination_idle",
                            in_words(limits.destination_idle)));
  }
  const auto silence = source_silence(limits);
  if (idle < silence) return std::nullopt;
  return dead(
      Side::source,
      fmt::format("the source has sent neither a record nor a state for {}; its limit is {}",
                  in_words(silence),
                  limits.max_between_messages ? "its connector's max_seconds_between_messages"
                                              : "the setting limits.source_idle"));
}

milliseconds look_every(const LivenessLimits& limits) {
  const auto least = std::min({source_silence(limits), limits.destination_idle, limits.attempt});
  return std::clamp<milliseconds>(least / 10, milliseconds(20), std::chrono::minutes(1));
}

}  // namespace wharf::replication

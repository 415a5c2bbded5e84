#pragma once
// Whether an attempt still lives: a rule on times, pure. A connector that hangs must not hold its
// connection for ever (sync-semantics 5.5).

#include "replication/attempt_machine.h"

#include <chrono>
#include <cstdint>
#include <optional>

namespace wharf::replication {

/// How long an attempt may go without a sign that rows move.
struct LivenessLimits {
  /// While the source is waited for: no record or state of it, no confirmation.
  std::chrono::milliseconds source_idle = std::chrono::hours(3);
  /// The same of a source whose definition says how long; goes before.
  std::optional<std::chrono::seconds> max_between_messages = std::nullopt;
  /// While the destination is: nothing taken, nothing confirmed.
  std::chrono::milliseconds destination_idle = std::chrono::hours(24);
  /// The whole of it, however lively.
  std::chrono::milliseconds attempt = std::chrono::days(30);
};

/// What the pump has moved so far; nothing, where rows cross sockets.
struct PumpSigns {
  std::uint64_t rows_read = 0;    ///< of the source
  std::uint64_t bytes_taken = 0;  ///< by the destination
  bool is_blocked = false;        ///< it has rows that the destination does not take
};

/// What was seen of the two sides.
struct LivenessSigns {
  using Time = std::chrono::steady_clock::time_point;

  Time began;
  Time source;       ///< its last record or state; where rows cross a socket, its last state
  Time destination;  ///< the last time that it took rows from the pump, or confirmed some
  bool source_ended = false;
  PumpSigns pump;  ///< when it was looked at last

  Time& of(Side side) { return side == Side::source ? source : destination; }
};

/// Looks at the pump: what it has moved since it was looked at last is a sign of that side.
void note_pump(LivenessSigns& signs, const PumpSigns& pump, LivenessSigns::Time now);

/// Why the attempt is to be ended, and whose fault it is; none: it lives.
std::optional<Faulted> find_dead(const LivenessSigns& signs, const LivenessLimits& limits,
                                 LivenessSigns::Time now);

/// How often that is to be looked at: often enough to be late by no more than a tenth of a limit.
std::chrono::milliseconds look_every(const LivenessLimits& limits);

}  // namespace wharf::replication

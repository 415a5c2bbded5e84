#pragma once
// One attempt as a machine: events in, effects out; pure. The runner feeds it and carries out what
// it says.
//
//   launching ──ready──► flowing ──an end, a fault, a stop──► draining ──both ended──► ended
//
// The destination is started first; the source when the destination stands and, if it keeps a
// position, has said it.

#include "process/exit_status.h"

#include <wharf/error.h>

#include <chrono>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

namespace wharf::replication {

enum class Side { source, destination };
std::string_view name_of(Side side);

// ---- events

/// The destination runs and, where it keeps one, has answered its position.
struct DestinationReady {};
/// One side could not be started.
struct LaunchFailed {
  Side side;
  Error error;
};
/// One side has exited and its output has been read to the end.
struct Ended {
  Side side;
  process::ExitStatus status;
};
/// One side has ended badly, and its output has been read to the end. How it ended follows, as
/// Ended: the other side is not to wait for that.
struct Lost {
  Side side;
};
/// What one side said breaks the protocol, or a limit; or the road between them failed.
struct Faulted {
  Side side;
  Error error;
};
/// Somebody wants the attempt to end: a cancellation, a signal.
struct StopRequested {};
/// The time that the last ArmTimer gave is over.
struct TimerExpired {};

using Event =
    std::variant<DestinationReady, LaunchFailed, Ended, Lost, Faulted, StopRequested, TimerExpired>;

// ---- effects

struct LaunchSource {};
/// No more input for the destination. `complete`: the source has read everything, so each of its
/// streams is said to be complete first. In socket mode there is no such input.
struct CloseDestinationInput {
  bool complete;
};
/// SIGTERM to the side's group, SIGKILL after `grace`.
struct Stop {
  Side side;
  std::chrono::milliseconds grace;
};
struct ArmTimer {
  std::chrono::milliseconds after;
};
/// Both sides are gone: time for the verdict.
struct Finish {};

using Effect = std::variant<LaunchSource, CloseDestinationInput, Stop, ArmTimer, Finish>;

// ---- the machine

struct Graces {
  std::chrono::milliseconds source{10'000};
  std::chrono::milliseconds destination{60'000};  ///< to commit and exit after its last input
};

/// Where an attempt stands. A value; `step` changes it.
struct AttemptState {
  enum class Phase { launching, flowing, draining, ended };
  struct One {
    bool launched = false;
    bool ended = false;
    bool lost = false;
    bool stop_sent = false;
    process::ExitStatus status;
  };

  bool by_socket = false;  ///< the destination sees the end of the data by itself
  Graces graces;
  Phase phase = Phase::launching;
  One source;
  One destination{
      .launched = true, .ended = false, .lost = false, .stop_sent = false, .status = {}};
  bool stop_requested = false;
  bool input_closed = false;
  std::vector<Error> failures;  ///< in the order they happened; the first is the cause

  One& of(Side side) { return side == Side::source ? source : destination; }
};

/// What the event changes, and what is to be done about it.
std::vector<Effect> step(AttemptState& state, const Event& event);

}  // namespace wharf::replication

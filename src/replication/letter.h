#pragma once

#include "replication/attempt_machine.h"

#include <wharf/protocol/context.h>
#include <wharf/protocol/message.h>

#include <variant>

namespace wharf::replication {

/// The destination's first word: where its rows end.
struct Positioned {
  protocol::Position position;
};
/// A side has exited and its output has been read to the end.
struct SideEnded {
  Side side;
  process::ExitStatus status;
};
/// Something else that the attempt waits for at its end is over; who waits looks again.
struct ErrandEnded {};
/// The books can be kept no more, or what should not happen did.
struct BooksFailed {
  Error error;
};
/// A check before the attempt has its answer.
struct Checked {
  Result<protocol::JsonText> answer;
};

/// What comes to an attempt, in the order in which it happened: events for its machine, and word of
/// what its parts wait for.
using Letter = std::variant<Event, Positioned, SideEnded, ErrandEnded, BooksFailed, Checked>;

}  // namespace wharf::replication

#pragma once
// From traces, exits and errors to a cause (sync-semantics 5.5). Pure.

#include <wharf/error.h>
#include <wharf/protocol/message.h>

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"

namespace wharf::bookkeeper {

enum class FailureOrigin { source, destination, replication, persistence, platform, unknown };
enum class FailureType {
  config_error,
  system_error,
  transient_error,
  manual_cancellation,
  heartbeat_timeout,
  destination_timeout
};
std::string_view name_of(FailureOrigin origin);  ///< "source", …, "airbyte_platform", "unknown"
std::string_view name_of(FailureType type);

/// Why an attempt failed, or one reason of several.
struct FailureReason {
  FailureOrigin origin = FailureOrigin::unknown;
  FailureType type = FailureType::system_error;
  std::string external;  ///< for the user
  std::string internal;  ///< for whoever looks into it
  std::string stack;
  std::optional<protocol::StreamDescriptor> stream;
  base::WallTime at;
  bool from_trace = false;
};

/// An ERROR trace, and whose it was.
struct ObservedTrace {
  Origin side = Origin::source;
  protocol::ErrorTrace trace;
  base::WallTime at;
};
/// Something that Wharf itself saw: a bad exit, a timeout, a store that does not write.
struct ObservedError {
  FailureOrigin origin = FailureOrigin::platform;
  FailureType type = FailureType::system_error;
  std::string external;  ///< empty: the generic text of the origin
  std::string internal;
  base::WallTime at;
};

/// The reasons of a failed attempt in their order: first what connectors said themselves, source
/// and destination together by time, then what Wharf saw, at most ten and a word on the rest. So
/// the first one is the cause. Texts are capped and secrets masked by the caller.
std::vector<FailureReason> failure_reasons(std::vector<ObservedTrace> traces,
                                           std::vector<ObservedError> errors);

/// What an Error amounts to.
ObservedError observed(const Error& error, base::WallTime at);

/// Of an attempt that Wharf itself ended, by its stop or its crash: nobody's failure, and no
/// cancellation.
FailureReason ended_with_wharf(base::WallTime at);

/// `{"failures":[…],"partialSuccess":true}`, as the API shows it.
std::string to_json(const std::vector<FailureReason>& reasons, const base::AttemptId& attempt,
                    bool partial_success);

}  // namespace wharf::bookkeeper

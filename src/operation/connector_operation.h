#pragma once

#include "launcher/launcher.h"
#include "operation/transcript.h"
#include "workload/workload.h"

#include <wharf/protocol/context.h>

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

namespace wharf::operation {

/// How long a connector may take to answer (data-plane 7).
inline constexpr std::chrono::minutes kCheckDeadline{9};
inline constexpr std::chrono::minutes kDiscoverDeadline{30};

/// One question to one connector.
struct Question {
  workload::Workload workload;
  std::string who;  ///< for messages: "source 'shop'"
  Origin origin = Origin::platform;
  std::chrono::milliseconds deadline = kCheckDeadline;
  std::size_t line_limit = protocol::kLineLimit;  ///< bytes; no answer is a longer line
};

struct Asked {
  Transcript transcript;
  process::ExitStatus exit;
  std::optional<launcher::SeenImage> image;  ///< that has answered
};

/// Runs the connector to its end and gives what it said. Fails if it cannot be started, or
/// (timed_out) if it does not answer in time; it is stopped then.
boost::asio::awaitable<Result<Asked>> ask(launcher::Launcher& launcher,
                                          const std::filesystem::path& runs, Question question);

}  // namespace wharf::operation

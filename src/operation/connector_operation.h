#pragma once

#include "launcher/launcher.h"
#include "operation/transcript.h"
#include "workload/workload.h"

#include <wharf/protocol/context.h>

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace wharf::operation {

/// How long a connector may take to answer (data-plane 7).
inline constexpr std::chrono::minutes kCheckDeadline{9};
inline constexpr std::chrono::minutes kDiscoverDeadline{30};

/// Ends questions whose connectors do not stand yet, because an image is fetched: those under way
/// and those to come. Belongs to the strand of who asks.
class CallOff {
 public:
  void call();

  /// While the question waits for its connector.
  class Waiting {
   public:
    Waiting(std::shared_ptr<CallOff> all, launcher::RunningConnector& connector);
    ~Waiting();
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;

   private:
    const std::shared_ptr<CallOff> all_;
    launcher::RunningConnector* const connector_;
  };

 private:
  std::set<launcher::RunningConnector*> waiting_;
  bool called_ = false;
};

/// One question to one connector.
struct Question {
  workload::Workload workload;
  std::string who;  ///< for messages: "source 'shop'"
  Origin origin = Origin::platform;
  std::chrono::milliseconds deadline = kCheckDeadline;
  std::size_t line_limit = protocol::kLineLimit;  ///< bytes; no answer is a longer line
  launcher::News news = {};                       ///< RunningConnector::tell()
  std::shared_ptr<CallOff> call_off = {};         ///< none: it is never called off
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

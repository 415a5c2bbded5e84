#pragma once

#include <base/unique_fd.h>
#include <process/exit_status.h>
#include <process/process_identity.h>
#include <wharf/error.h>
#include <workload/run_directory.h>
#include <workload/workload.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace wharf::launcher {

/// A container of the engine, by the name that we gave it.
struct ContainerIdentity {
  std::string name;
  friend bool operator==(const ContainerIdentity&, const ContainerIdentity&) = default;
};
using ConnectorIdentity = std::variant<process::ProcessIdentity, ContainerIdentity>;

/// Which image a connector runs, as the engine has it.
struct SeenImage {
  std::string reference;  ///< the definition's
  std::string digest;
  friend bool operator==(const SeenImage&, const SeenImage&) = default;
};

/// Who is told, in a line now and then, what takes long.
using News = std::function<void(std::string_view)>;

/// A connector at work. Belongs to the strand it was launched on; any number of coroutines there
/// may await it. Destroyed while it runs, it is killed. It uses its RunDirectory, which must
/// outlive it.
class RunningConnector {
 public:
  virtual ~RunningConnector() = default;

  /// Who it is, for the sweep after a crash: to be recorded before anything else is done with it.
  virtual ConnectorIdentity identity() const = 0;

  /// Waits until the connector's program has been executed: what takes long on the way there is
  /// done here. Fails, with the side's origin, if it cannot be: no such program or image, no
  /// permission, killed before.
  virtual boost::asio::awaitable<Result<void>> started() = 0;

  /// Who hears of what takes long on the way there, an image that is fetched; to be said before
  /// started(), and outlives that.
  virtual void tell(News) {}
  /// Ends a started(), now or later, that waits for what is not the connector yet: it fails with
  /// cancelled. A connector that exists goes on: stop() is for that.
  virtual void call_off() {}

  /// Of an image: once it has started.
  virtual std::optional<SeenImage> image() const { return std::nullopt; }

  /// Our ends of its stdio, non-blocking, each to be taken once: by a LineStream, or raw by the
  /// pump. What is not taken stays open, empty or unread, until the end; closing stdin is its end
  /// of input.
  virtual base::UniqueFd take_stdin() = 0;
  virtual base::UniqueFd take_stdout() = 0;
  virtual base::UniqueFd take_stderr() = 0;

  /// Waits until it has ended. False: badly, and who is to say how has yet to be asked.
  virtual boost::asio::awaitable<bool> ended() = 0;

  /// Waits until it and all its descendants have ended. What it wrote may still stand in its FIFOs.
  virtual boost::asio::awaitable<process::ExitStatus> exited() = 0;

  /// SIGTERM; when `grace` is over, SIGKILL.
  virtual boost::asio::awaitable<process::ExitStatus> stop(std::chrono::milliseconds grace) = 0;
};

/// Makes a workload run and end. Nothing above it may assume that the connector runs on this host.
class Launcher {
 public:
  virtual ~Launcher() = default;

  /// Writes the workload's files into `run` and starts its connector, without waiting for it.
  /// Fails, with the side's origin, if that cannot be done; see also RunningConnector::started. To
  /// be called from the engine thread.
  virtual Result<std::unique_ptr<RunningConnector>> launch(
      const boost::asio::any_io_executor& executor, const workload::Workload& workload,
      const workload::RunDirectory& run) = 0;
};

}  // namespace wharf::launcher

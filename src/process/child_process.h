#pragma once

#include <base/unique_fd.h>
#include <process/exit_status.h>
#include <process/process_identity.h>
#include <process/spawn_plan.h>
#include <wharf/error.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>
#include <string>

namespace wharf::process {

/// A program that runs as our child, through the shim. Belongs to one strand, on which its own
/// coroutines run too; any number may await it. To be spawned from a thread that lives as long as
/// the child may: the shim ends with the thread that spawned it. Destroyed while the program runs,
/// it kills it.
class ChildProcess {
 public:
  /// Starts `plan` through the shim, without forking and without waiting for anything. Fails if the
  /// shim cannot be executed or the FIFOs cannot be opened; whether the program itself could be
  /// executed is known to running().
  static Result<ChildProcess> spawn(const boost::asio::any_io_executor& executor,
                                    const std::string& shim, const SpawnPlan& plan);

  ChildProcess(ChildProcess&&) noexcept;
  ChildProcess& operator=(ChildProcess&&) noexcept;
  ~ChildProcess();

  /// The shim, which leads the group of all that runs under it. To be recorded for the sweep after
  /// a crash; known from the start.
  const ProcessIdentity& identity() const;

  /// Waits until the program has been executed and it alone holds its stdio. Fails with
  /// `environment` if it cannot be (no such program, no permission, no such working directory) or
  /// if the shim was killed before.
  boost::asio::awaitable<Result<void>> running() const;

  /// Waits until the program and all its descendants have ended. What they wrote may still stand in
  /// the FIFOs (LineStream::finish).
  boost::asio::awaitable<ExitStatus> exited() const;

  /// SIGTERM to the group; after `grace`, SIGKILL to the program and all its descendants. At once
  /// with a grace of zero.
  boost::asio::awaitable<ExitStatus> stop(std::chrono::milliseconds grace) const;

  /// Our ends of its stdio, non-blocking. Each may be taken once; what is not taken stays open and
  /// unread until destruction. Closing stdin is its end of input.
  base::UniqueFd take_stdin();
  base::UniqueFd take_stdout();
  base::UniqueFd take_stderr();

 private:
  struct State;
  explicit ChildProcess(std::shared_ptr<State> state);

  std::shared_ptr<State> state_;
};

}  // namespace wharf::process

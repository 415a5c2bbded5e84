#include "process/child_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <process/shim_reports.h>
#include <process/stdio_ends.h>
#include <process/watched_fd.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>
#include <system_error>
#include <vector>

namespace wharf::process {

namespace asio = boost::asio;
using asio::awaitable;

namespace {

// What the shim takes from its parent as: SIGKILL to the connector and all its descendants, now.
constexpr int kEndNow = SIGALRM;

// How long the shim has for what is its own part. Then the group is signalled over its head.
constexpr std::chrono::milliseconds kShimBound{2000};

[[noreturn]] void fail(int error, const char* doing) {
  throw std::system_error(error, std::generic_category(), doing);
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> result;
  result.reserve(words.size() + 1);
  for (auto& word : words) result.push_back(word.data());
  result.push_back(nullptr);
  return result;
}

// The child's surroundings: a session of its own, no signal blocked or ignored, /dev/null for stdio
// (the shim opens the FIFOs) and not one other descriptor of ours.
class SpawnSettings {
 public:
  SpawnSettings() {
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    ::posix_spawnattr_init(&attributes);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setsigdefault(&attributes, &all);
    ::posix_spawnattr_setflags(&attributes,
                               POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
    ::posix_spawn_file_actions_init(&actions);
    for (const int fd : {0, 1, 2}) {
      ::posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0);
    }
    ::posix_spawn_file_actions_addclosefrom_np(&actions, 3);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
  ~SpawnSettings() {
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
  }

  posix_spawnattr_t attributes;
  posix_spawn_file_actions_t actions;
};

// Of a process that has not been reaped.
bool is_zombie(int pidfd) {
  pollfd watched{pidfd, POLLIN, 0};
  return ::poll(&watched, 1, 0) > 0;
}

Result<pid_t> spawn_shim(const std::string& shim, const SpawnPlan& plan) {
  auto words = shim_arguments(shim, plan, ::getpid());
  std::vector<std::string> environment;
  for (const auto& [name, value] : plan.environment) environment.push_back(name + "=" + value);
  const SpawnSettings settings;
  pid_t pid = -1;
  const int error = ::posix_spawn(&pid, shim.c_str(), &settings.actions, &settings.attributes,
                                  pointers(words).data(), pointers(environment).data());
  if (error != 0) {
    return Error{ErrorCode::environment,
                 fmt::format("cannot execute the shim '{}': {}", shim, std::strerror(error))};
  }
  return pid;
}

}  // namespace

struct ChildProcess::State {
  State(const asio::any_io_executor& on, const ProcessIdentity& child, base::UniqueFd pidfd,
        StdioEnds fifos)
      : executor(on),
        identity(child),
        process(on, std::move(pidfd)),
        control(on, std::move(fifos.control)),
        ends(std::move(fifos)),
        changed(on, asio::steady_timer::time_point::max()) {}

  asio::any_io_executor executor;
  const ProcessIdentity identity;
  WatchedFd process;
  WatchedFd control;
  StdioEnds ends;

  ShimReports reports;
  std::optional<ExitStatus> exit;
  asio::steady_timer changed;  // never fires; a cancel wakes whoever waits for one of the two above

  // The group is ours as long as its leader has not been reaped, which is when `exit` is set.
  void signal_group(int number) const {
    if (!exit) ::kill(-identity.group, number);
  }
  void signal_shim(int number) const {
    if (!exit) ::kill(identity.pid, number);
  }

  bool read_control();
  void reap();

  static awaitable<void> follow_control(std::shared_ptr<State> state);
  static awaitable<void> follow_process(std::shared_ptr<State> state);
  static awaitable<Result<void>> await_launch(std::shared_ptr<State> state);
  static awaitable<ExitStatus> await_exit(std::shared_ptr<State> state);
  static awaitable<ExitStatus> stop(std::shared_ptr<State> state, std::chrono::milliseconds grace);
  using Condition = bool (*)(const State&);
  static awaitable<void> await_for(std::shared_ptr<State> state, std::chrono::milliseconds limit,
                                   Condition condition);
};

// ---- what the shim says

// Takes what stands in the FIFO. False at its end.
bool ChildProcess::State::read_control() {
  const bool more = reports.read(control.get());
  if (reports.started) ends.drop_spares();
  changed.cancel();
  return more;
}

awaitable<void> ChildProcess::State::follow_control(std::shared_ptr<State> state) {
  while (state->read_control()) {
    const bool more = co_await state->control.readable();
    if (!more) break;
  }
}

// ---- its end

void ChildProcess::State::reap() {
  // The zombie keeps pid and group ours: whatever the shim left behind when it was killed goes
  // first.
  ::kill(-identity.group, SIGKILL);
  siginfo_t info{};
  const bool reaped = ::waitid(P_PID, static_cast<id_t>(identity.pid), &info, WEXITED) == 0;
  read_control();
  if (reports.exit) {
    exit = ExitStatus{.code = *reports.exit};
  } else {
    // Without a status (somebody ignores SIGCHLD for us) it is as if it had been killed.
    const int status = reaped ? info.si_status : SIGKILL;
    const bool by_signal = !reaped || info.si_code != CLD_EXITED;
    exit = ExitStatus{.code = by_signal ? 128 + status : status, .shim_lost = true};
  }
  ends.drop_spares();
  if (!reports.launched) {
    reports.launched = Result<void>(Error{
        ErrorCode::environment, fmt::format("the program did not start: {}", exit->describe())});
  }
  control.close();
  changed.cancel();
}

awaitable<void> ChildProcess::State::follow_process(std::shared_ptr<State> state) {
  // Nobody cancels this wait: at the end of the engine the coroutine is destroyed instead. Being
  // woken is a hint: the reactor may hand on what was meant for a descriptor closed a moment ago,
  // and reaping kills.
  while (!is_zombie(state->process.get())) co_await state->process.readable();
  state->reap();
  state->process.close();
}

// ---- those who wait

awaitable<Result<void>> ChildProcess::State::await_launch(std::shared_ptr<State> state) {
  while (!state->reports.launched)
    co_await state->changed.async_wait(asio::as_tuple(asio::use_awaitable));
  co_return *state->reports.launched;
}

awaitable<ExitStatus> ChildProcess::State::await_exit(std::shared_ptr<State> state) {
  while (!state->exit) co_await state->changed.async_wait(asio::as_tuple(asio::use_awaitable));
  co_return *state->exit;
}

awaitable<void> ChildProcess::State::await_for(std::shared_ptr<State> state,
                                               std::chrono::milliseconds limit,
                                               Condition condition) {
  const auto until = asio::steady_timer::clock_type::now() + limit;
  asio::steady_timer deadline(state->executor, until);
  deadline.async_wait([state](boost::system::error_code) { state->changed.cancel(); });
  while (!condition(*state) && asio::steady_timer::clock_type::now() < until) {
    co_await state->changed.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

awaitable<ExitStatus> ChildProcess::State::stop(std::shared_ptr<State> state,
                                                std::chrono::milliseconds grace) {
  const Condition has_launched = [](const State& now) { return now.reports.launched.has_value(); };
  const Condition has_ended = [](const State& now) { return now.exit.has_value(); };
  if (grace > grace.zero()) {
    // A signal to the group before the program stands in it would reach the shim alone.
    co_await await_for(state, kShimBound, has_launched);
    state->signal_group(SIGTERM);
    co_await await_for(state, grace, has_ended);
  }
  state->signal_shim(kEndNow);
  co_await await_for(state, kShimBound, has_ended);
  state->signal_group(SIGKILL);
  co_return co_await await_exit(state);
}

// ---- the child as its owner sees it

ChildProcess::ChildProcess(std::shared_ptr<State> state) : state_(std::move(state)) {}
ChildProcess::ChildProcess(ChildProcess&&) noexcept = default;

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  if (state_ && this != &other) state_->signal_group(SIGKILL);
  state_ = std::move(other.state_);
  return *this;
}

ChildProcess::~ChildProcess() {
  if (state_) state_->signal_group(SIGKILL);
}

Result<ChildProcess> ChildProcess::spawn(const asio::any_io_executor& executor,
                                         const std::string& shim, const SpawnPlan& plan) {
  auto ends = open_stdio_ends(plan.stdio);
  if (!ends) return std::move(ends).error();
  auto pid = spawn_shim(shim, plan);
  if (!pid) return std::move(pid).error();
  base::UniqueFd pidfd = open_pidfd(*pid);
  if (!pidfd) {
    const int error = errno;
    ::kill(-*pid, SIGKILL);
    ::waitpid(*pid, nullptr, 0);
    fail(error, "pidfd_open");
  }
  const auto status = look_up(*pid);
  const ProcessIdentity identity{
      .pid = *pid, .group = *pid, .start_time = status ? status->start_time : 0};
  auto state = std::make_shared<State>(executor, identity, std::move(pidfd), std::move(*ends));
  asio::co_spawn(executor, State::follow_control(state), asio::detached);
  asio::co_spawn(executor, State::follow_process(state), asio::detached);
  return ChildProcess(std::move(state));
}

const ProcessIdentity& ChildProcess::identity() const {
  return state_->identity;
}
awaitable<Result<void>> ChildProcess::running() const {
  return State::await_launch(state_);
}
awaitable<ExitStatus> ChildProcess::exited() const {
  return State::await_exit(state_);
}
awaitable<ExitStatus> ChildProcess::stop(std::chrono::milliseconds grace) const {
  return State::stop(state_, grace);
}
base::UniqueFd ChildProcess::take_stdin() {
  return std::move(state_->ends.in);
}
base::UniqueFd ChildProcess::take_stdout() {
  return std::move(state_->ends.out);
}
base::UniqueFd ChildProcess::take_stderr() {
  return std::move(state_->ends.err);
}

}  // namespace wharf::process

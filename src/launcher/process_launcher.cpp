#include "launcher/process_launcher.h"

#include <fmt/format.h>
#include <process/child_process.h>

#include <optional>

namespace wharf::launcher {

namespace asio = boost::asio;
using workload::Workload;

namespace {

std::string described(const Workload& workload) {
  if (const auto* builtin = std::get_if<definition::Builtin>(&workload.program)) {
    return fmt::format("'{}'", builtin->name);
  }
  const auto& argv = std::get<definition::Command>(workload.program).argv;
  return fmt::format("the command '{}'", argv.empty() ? "" : argv.front());
}

/// A child of this process. What goes wrong at its start is said with whose it is.
class LocalConnector final : public RunningConnector {
 public:
  LocalConnector(process::ChildProcess child, Origin origin, std::string name)
      : child_(std::move(child)), origin_(origin), name_(std::move(name)) {}

  ConnectorIdentity identity() const override { return child_.identity(); }
  asio::awaitable<Result<void>> started() override { return started(child_, origin_, name_); }
  base::UniqueFd take_stdin() override { return child_.take_stdin(); }
  base::UniqueFd take_stdout() override { return child_.take_stdout(); }
  base::UniqueFd take_stderr() override { return child_.take_stderr(); }
  asio::awaitable<bool> ended() override { return ended(child_); }
  asio::awaitable<process::ExitStatus> exited() override { return child_.exited(); }
  asio::awaitable<process::ExitStatus> stop(std::chrono::milliseconds grace) override {
    return child_.stop(grace);
  }

 private:
  static asio::awaitable<Result<void>> started(const process::ChildProcess& child, Origin origin,
                                               std::string name) {
    auto running = child.running();
    auto result = co_await std::move(running);
    if (result) co_return result;
    Error error = std::move(result).error();
    error.origin = origin;
    co_return std::move(error).during("starting " + name);
  }

  static asio::awaitable<bool> ended(const process::ChildProcess& child) {
    auto exiting = child.exited();
    (void)co_await std::move(exiting);  // and is asked for again
    co_return true;
  }

  process::ChildProcess child_;
  const Origin origin_;
  const std::string name_;
};

std::vector<std::string> command_line(const Workload& workload, const std::filesystem::path& own,
                                      const std::filesystem::path& directory) {
  std::vector<std::string> words;
  if (const auto* builtin = std::get_if<definition::Builtin>(&workload.program)) {
    words = {own.string(), "connector", builtin->name};
  } else {
    words = std::get<definition::Command>(workload.program).argv;
  }
  for (auto& word : workload::protocol_arguments(workload, directory)) {
    words.push_back(std::move(word));
  }
  return words;
}

// A command that names no working directory has its own, which goes with the run: what connectors
// leave where they stand is scratch.
std::filesystem::path working_directory(const Workload& workload,
                                        const std::filesystem::path& directory) {
  const auto* command = std::get_if<definition::Command>(&workload.program);
  const bool named = command != nullptr && !command->working_directory.empty();
  return named ? std::filesystem::path(command->working_directory) : directory;
}

// A source of ours makes nothing but its sockets, to which a container of another uid must be able
// to connect: who else may is for the directory above to say.
std::optional<mode_t> socket_umask(const Workload& workload) {
  const bool is_ours = std::holds_alternative<definition::Builtin>(workload.program);
  const bool makes_sockets = workload.side == workload::Side::source && workload.channel &&
                             workload.channel->medium == workload::Medium::socket;
  if (is_ours && makes_sockets) return 0;
  return std::nullopt;
}

}  // namespace

Result<std::unique_ptr<RunningConnector>> ProcessLauncher::launch(
    const asio::any_io_executor& executor, const Workload& workload,
    const workload::RunDirectory& run) {
  const auto name = described(workload);
  auto failed = [&](Error error) { return std::move(error).during("starting " + name); };
  const auto* command = std::get_if<definition::Command>(&workload.program);
  if (command != nullptr && command->argv.empty()) {
    return failed(
        {ErrorCode::invalid_config, "the command is empty", workload::origin_of(workload.side)});
  }
  auto directory = run.prepare(workload::directory_of(workload.side), workload.files);
  if (!directory) return failed(std::move(directory).error());
  const process::SpawnPlan plan{
      .argv = command_line(workload, settings_.executable, directory->path),
      .environment =
          build_environment(workload, settings_.host, settings_.version, directory->path),
      .stdio = {.in = directory->in(),
                .out = directory->out(),
                .err = directory->err(),
                .control = directory->control()},
      .working_directory = working_directory(workload, directory->path),
      .limits = {},
      .umask = socket_umask(workload)};
  auto child = process::ChildProcess::spawn(executor, settings_.shim.string(), plan);
  if (!child) return failed(std::move(child).error());
  return std::make_unique<LocalConnector>(std::move(*child), workload::origin_of(workload.side),
                                          name);
}

std::filesystem::path own_executable() {
  return std::filesystem::read_symlink("/proc/self/exe");
}

}  // namespace wharf::launcher

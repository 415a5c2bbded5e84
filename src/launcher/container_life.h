#pragma once

#include <docker/engine_client.h>
#include <launcher/connector_container.h>
#include <launcher/container_engine.h>
#include <launcher/launcher.h>
#include <launcher/standing_containers.h>
#include <process/shim_reports.h>
#include <process/stdio_ends.h>
#include <process/watched_fd.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace wharf::launcher {

/// What it is made from. Engine and settings outlive it.
struct ContainerOrder {
  ContainerEngine& engine;
  const ContainerSettings& settings;
  workload::Workload workload;
  std::filesystem::path run_directory;
  workload::SideDirectory directory;
  std::shared_ptr<StandingContainers> standing;
};

/// What a container's connector has come to, and what is done about it; shared by its owner and by
/// the coroutines that follow it, which outlive an owner who drops it. All of it belongs to one
/// strand. container_start.cpp brings it to its start, container_life.cpp from there to its end.
struct ContainerLife {
  ContainerLife(const boost::asio::any_io_executor& on, ContainerOrder ordered,
                process::StdioEnds fifos)
      : executor(on),
        order(std::move(ordered)),
        name(container_name(order.workload, order.run_directory)),
        control(on, std::move(fifos.control)),
        ends(std::move(fifos)),
        changed(on, boost::asio::steady_timer::time_point::max()) {}

  const boost::asio::any_io_executor executor;
  const ContainerOrder order;
  const std::string name;
  process::WatchedFd control;
  process::StdioEnds ends;
  process::ShimReports reports;
  std::optional<docker::EngineClient> engine;
  std::optional<SeenImage> seen;
  std::optional<int> engine_saw;  // the code of process 1, once the engine knows that it has ended
  bool engine_gone = false;       // and will not say
  std::optional<process::ExitStatus> exit;
  bool made = false;     // the container exists
  bool unheard = false;  // its end of control is closed
  bool let_go = false;   // or ours, so that it ends within the shim's grace
  bool concluding = false;
  bool is_called_off = false;
  boost::asio::cancellation_signal calling_off;
  News news;
  boost::asio::steady_timer changed;  // never fires; a cancel wakes who waits for a change

  const definition::Image& image() const {
    return std::get<definition::Image>(order.workload.program);
  }
  Error explained(Error error, bool its_own) const;
  Error explained(docker::EngineError error) const;

  using Shared = std::shared_ptr<ContainerLife>;
  using Condition = bool (*)(const ContainerLife&);
  static docker::EngineAnswer<docker::ImageFacts> find_image(Shared state, docker::EngineInfo info);
  static docker::EngineAnswer<void> make(Shared state, docker::ContainerPlan plan);
  static bool stand(const Shared& state);
  static boost::asio::awaitable<Result<void>> start(Shared state);
  static boost::asio::awaitable<Result<void>> await_launch(Shared state);
  static boost::asio::awaitable<void> follow_control(Shared state);
  static boost::asio::awaitable<void> follow_engine(Shared state);
  static boost::asio::awaitable<void> conclude(Shared state);
  static boost::asio::awaitable<void> remove(Shared state);
  static boost::asio::awaitable<bool> await_end(Shared state);
  static boost::asio::awaitable<process::ExitStatus> await_exit(Shared state);
  static boost::asio::awaitable<void> signal(Shared state, const char* number);
  static boost::asio::awaitable<process::ExitStatus> stop(Shared state,
                                                          std::chrono::milliseconds grace);
  static boost::asio::awaitable<void> await_for(Shared state, std::chrono::milliseconds limit,
                                                Condition condition);
  void read_control();
};

}  // namespace wharf::launcher

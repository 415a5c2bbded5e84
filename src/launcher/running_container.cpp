#include "launcher/running_container.h"

#include <fmt/format.h>
#include <launcher/container_place.h>
#include <launcher/container_sweep.h>
#include <launcher/image_fetch.h>
#include <process/shim_reports.h>
#include <process/watched_fd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <csignal>
#include <exception>
#include <utility>

namespace wharf::launcher {

namespace asio = boost::asio;
using asio::awaitable;
using docker::EngineClient;
using docker::EngineError;
using docker::EngineFault;
using process::ExitStatus;

namespace {

// What the shim takes as: SIGKILL to all in the container but itself, now.
constexpr const char* kEndNow = "SIGALRM";

// How long the shim, or the engine, has for what is its own part; more than the shim's own grace.
constexpr std::chrono::milliseconds kBound{3000};

// Podman refuses to remove what ends at that moment: it finds nobody to kill.
constexpr int kRemovals = 5;
constexpr std::chrono::milliseconds kPause{200};

bool is_away(EngineFault fault) {
  return fault == EngineFault::unreachable || fault == EngineFault::gone ||
         fault == EngineFault::timed_out;
}

// What an engine lacks or refuses is a matter of the image and thus of its side; an engine that is
// not there is nobody's fault but the platform's.
bool is_of_the_image(EngineFault fault) {
  switch (fault) {
    case EngineFault::image_not_found:
    case EngineFault::registry_refused:
    case EngineFault::registry_unreachable:
    case EngineFault::wrong_platform:
    case EngineFault::entrypoint_not_found:
      return true;
    default:
      return false;
  }
}

EngineError ending() {
  return {EngineFault::cancelled, "wharf is ending"};
}

}  // namespace

struct RunningContainer::State {
  State(const asio::any_io_executor& on, Order ordered, process::StdioEnds fifos)
      : executor(on),
        order(std::move(ordered)),
        name(container_name(order.workload, order.run_directory)),
        control(on, std::move(fifos.control)),
        ends(std::move(fifos)),
        changed(on, asio::steady_timer::time_point::max()) {}

  const asio::any_io_executor executor;
  const Order order;
  const std::string name;
  process::WatchedFd control;
  process::StdioEnds ends;
  process::ShimReports reports;
  std::optional<EngineClient> engine;
  std::optional<SeenImage> seen;
  std::optional<int> engine_saw;  // the code of process 1, once the engine knows that it has ended
  bool engine_gone = false;       // and will not say
  std::optional<ExitStatus> exit;
  bool made = false;     // the container exists
  bool unheard = false;  // its end of control is closed
  bool let_go = false;   // or ours, so that it ends within the shim's grace
  bool concluding = false;
  bool is_called_off = false;
  asio::cancellation_signal calling_off;
  News news;
  asio::steady_timer changed;  // never fires; a cancel wakes who waits for a change

  const definition::Image& image() const {
    return std::get<definition::Image>(order.workload.program);
  }
  Error explained(Error error, bool its_own) const {
    if (its_own) error.origin = workload::origin_of(order.workload.side);
    return std::move(error).during(fmt::format("starting the image '{}'", image().reference));
  }
  Error explained(EngineError error) const {
    const bool its_own = is_of_the_image(error.fault);
    return explained(static_cast<Error&&>(error), its_own);
  }

  using Shared = std::shared_ptr<State>;
  using Condition = bool (*)(const State&);
  static docker::EngineAnswer<docker::ImageFacts> find_image(Shared state, docker::EngineInfo info);
  static docker::EngineAnswer<void> make(Shared state, docker::ContainerPlan plan);
  static bool stand(const Shared& state);
  static awaitable<Result<void>> start(Shared state);
  static awaitable<Result<void>> await_launch(Shared state);
  static awaitable<void> follow_control(Shared state);
  static awaitable<void> follow_engine(Shared state);
  static awaitable<void> conclude(Shared state);
  static awaitable<void> remove(Shared state);
  static awaitable<bool> await_end(Shared state);
  static awaitable<ExitStatus> await_exit(Shared state);
  static awaitable<void> signal(Shared state, const char* number);
  static awaitable<ExitStatus> stop(Shared state, std::chrono::milliseconds grace);
  static awaitable<void> await_for(Shared state, std::chrono::milliseconds limit,
                                   Condition condition);
  void read_control();
};

// ---- its start

// Called off, it hangs up, and the engine gives the pull up.
docker::EngineAnswer<docker::ImageFacts> RunningContainer::State::find_image(
    Shared state, docker::EngineInfo info) {
  const EngineError ended(EngineFault::cancelled, "called off");
  if (state->is_called_off) co_return ended;
  ImageWish wish{state->image().reference, state->order.settings.registry_auth, state->news};
  auto fetching = fetch_image(*state->engine, std::move(info), std::move(wish));
  try {
    auto found = co_await asio::co_spawn(
        state->executor, std::move(fetching),
        asio::bind_cancellation_slot(state->calling_off.slot(), asio::use_awaitable));
    if (state->is_called_off) co_return ended;
    co_return found;
  } catch (const boost::system::system_error&) {
    if (!state->is_called_off) throw;
  }
  co_return ended;
}

// Whoever ends its launcher may have it removed, and then nobody hears of its end.
bool RunningContainer::State::stand(const Shared& state) {
  const auto abandon = [weak = std::weak_ptr(state)] {
    const auto now = weak.lock();
    if (!now) return;
    asio::post(now->executor, [now] {
      const bool ends_already = std::exchange(now->concluding, true);
      if (ends_already || !now->made) return;  // who is making it sees that
      asio::co_spawn(now->executor, remove(now), asio::detached);
    });
  };
  return state->order.standing->add(state->name, abandon);
}

// What stands under our name is of an earlier try, whose end the engine has not seen to the end.
docker::EngineAnswer<void> RunningContainer::State::make(Shared state, docker::ContainerPlan plan) {
  if (!stand(state)) co_return ending();
  auto making = state->engine->create(plan);
  auto made = co_await std::move(making);
  if (!made && made.error().fault == EngineFault::conflict) {
    auto removing = state->engine->remove(state->name, {.force = true, .volumes = true});
    auto removed = co_await std::move(removing);
    if (!removed) {
      state->order.standing->drop(state->name);
      co_return std::move(removed).error();
    }
    auto once_more = state->engine->create(std::move(plan));
    made = co_await std::move(once_more);
  }
  if (!made) {
    state->order.standing->drop(state->name);
    co_return std::move(made).error();
  }
  state->made = true;
  if (state->concluding) {
    auto removing = remove(state);
    co_await std::move(removing);
    co_return ending();
  }
  auto starting = state->engine->start(state->name);
  auto started = co_await std::move(starting);
  co_return started;
}

awaitable<Result<void>> RunningContainer::State::start(Shared state) {
  auto connecting = state->order.engine.connected();
  auto connected = co_await std::move(connecting);
  if (!connected) co_return state->explained(std::move(connected).error());
  state->engine.emplace(connected->client);
  const auto runs = state->order.run_directory.parent_path();
  if (state->order.engine.take_unswept()) {
    auto sweeping = sweep_containers(connected->client, runs);
    (void)co_await std::move(sweeping);  // what stays harms nobody, and goes with a later one
  }
  if (state->order.workload.connection) {
    // Two never run for one connection, whatever an earlier life or an engine that was away left.
    auto sweeping = sweep_containers(connected->client, runs, state->order.workload.connection);
    auto swept = co_await std::move(sweeping);
    if (!swept) co_return state->explained(std::move(swept).error());
  }
  auto preparing = prepare_place(connected->client, state->order.settings);
  auto prepared = co_await std::move(preparing);
  if (!prepared) co_return state->explained(std::move(prepared).error());
  auto finding = find_image(state, connected->info);
  auto found = co_await std::move(finding);
  if (!found) co_return state->explained(std::move(found).error());
  state->seen = SeenImage{state->image().reference, found->id};
  auto settings = state->order.settings;
  settings.host_cpus = connected->info.processors;
  auto plan = container_plan(state->order.workload, *found, state->order.run_directory,
                             state->order.directory, settings);
  if (!plan) co_return std::move(plan).error();
  auto making = make(state, std::move(*plan));
  auto made = co_await std::move(making);
  if (!made) {
    if (state->made && !std::exchange(state->concluding, true))
      asio::co_spawn(state->executor, remove(state), asio::detached);
    co_return state->explained(with_network_hint(std::move(made).error(), state->order.settings));
  }
  asio::co_spawn(state->executor, follow_control(state), asio::detached);
  asio::co_spawn(state->executor, follow_engine(state), asio::detached);
  auto launching = await_launch(state);
  auto launched = co_await std::move(launching);
  co_return launched;
}

awaitable<Result<void>> RunningContainer::State::await_launch(Shared state) {
  while (!state->reports.launched && !state->exit) {
    co_await state->changed.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  if (!state->reports.launched) {
    Error error{ErrorCode::environment,
                fmt::format("the program did not start: {}", state->exit->describe())};
    co_return state->explained(std::move(error), true);
  }
  if (!*state->reports.launched) co_return state->explained(state->reports.launched->error(), true);
  co_return Result<void>();
}

// ---- what is heard of it

void RunningContainer::State::read_control() {
  if (control.get() >= 0 && !reports.read(control.get())) unheard = true;
  if (reports.started) ends.drop_spares();
  changed.cancel();
}

awaitable<void> RunningContainer::State::follow_control(Shared state) {
  for (;;) {
    state->read_control();
    if (state->reports.exit || state->unheard) break;
    const bool more = co_await state->control.readable();
    if (!more) break;
  }
  auto concluding = conclude(state);
  co_await std::move(concluding);
}

// An engine that goes away meanwhile is no end: the connector goes on without it.
awaitable<void> RunningContainer::State::follow_engine(Shared state) {
  auto waiting = state->engine->wait(state->name);
  auto ended = co_await std::move(waiting);
  if (!ended) {
    state->engine_gone = true;
    state->changed.cancel();
    co_return;
  }
  state->engine_saw = *ended;
  state->read_control();
  auto concluding = conclude(state);
  co_await std::move(concluding);
}

// Once: by what its shim said, else by what the engine saw.
awaitable<void> RunningContainer::State::conclude(Shared state) {
  if (std::exchange(state->concluding, true)) co_return;
  ExitStatus status{.code = 128 + SIGKILL, .shim_lost = true};
  const bool said = state->reports.exit.has_value();
  if (said) status = ExitStatus{.code = *state->reports.exit};
  if (!said || status.code == 128 + SIGKILL) {
    // The engine knows how its process 1 ended, and whether the kernel killed somebody in it.
    co_await await_for(state, kBound, [](const State& now) {
      return now.engine_saw.has_value() || (now.engine_gone && !now.let_go);
    });
    if (!said && state->engine_saw) status.code = *state->engine_saw;
    auto inspecting = state->engine->inspect(state->name);
    const auto stood = co_await std::move(inspecting);
    if (stood) status.out_of_memory = stood->out_of_memory;
  }
  state->exit = status;
  state->ends.drop_spares();
  state->changed.cancel();
  auto removing = remove(state);
  co_await std::move(removing);
}

awaitable<void> RunningContainer::State::remove(Shared state) {
  try {
    for (int tries = 1;; ++tries) {
      auto removing = state->engine->remove(state->name, {.force = true, .volumes = true});
      auto removed = co_await std::move(removing);
      // What stays is nobody's, and goes with the next sweep.
      if (removed || tries == kRemovals || is_away(removed.error().fault)) break;
      asio::steady_timer pause(state->executor, kPause);
      co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
    }
  } catch (const std::exception&) {
  }
  state->order.standing->drop(state->name);
}

// ---- those who wait

// Its shim has said so, or is gone: then the rest is the engine's to say, which takes its time.
awaitable<bool> RunningContainer::State::await_end(Shared state) {
  const auto is_lost = [&] {
    return state->reports.exit.value_or(0) != 0 || (state->unheard && !state->let_go);
  };
  while (!state->exit && !is_lost()) {
    co_await state->changed.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  co_return state->exit.has_value();
}

awaitable<ExitStatus> RunningContainer::State::await_exit(Shared state) {
  while (!state->exit) co_await state->changed.async_wait(asio::as_tuple(asio::use_awaitable));
  co_return *state->exit;
}

awaitable<void> RunningContainer::State::await_for(Shared state, std::chrono::milliseconds limit,
                                                   Condition condition) {
  const auto until = asio::steady_timer::clock_type::now() + limit;
  asio::steady_timer deadline(state->executor, until);
  deadline.async_wait([state](boost::system::error_code) { state->changed.cancel(); });
  while (!condition(*state) && asio::steady_timer::clock_type::now() < until) {
    co_await state->changed.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

awaitable<void> RunningContainer::State::signal(Shared state, const char* number) {
  if (state->exit || !state->engine) co_return;
  auto sending = state->engine->kill(state->name, number);
  auto sent = co_await std::move(sending);
  if (sent || sent.error().fault == EngineFault::conflict) co_return;
  // No engine to signal it by: the shim ends all when nobody reads its control any more.
  state->control.cancel();
  state->control.close();
  state->unheard = state->let_go = true;
}

awaitable<ExitStatus> RunningContainer::State::stop(Shared state, std::chrono::milliseconds grace) {
  const Condition has_ended = [](const State& now) { return now.exit.has_value(); };
  if (grace > grace.zero()) {
    co_await signal(state, "SIGTERM");
    co_await await_for(state, grace, has_ended);
  }
  if (!state->exit) co_await signal(state, kEndNow);
  co_await await_for(state, kBound, has_ended);
  if (!state->exit) co_await signal(state, "SIGKILL");
  auto awaiting = await_exit(state);
  const auto status = co_await std::move(awaiting);
  co_return status;
}

// ---- the connector as its owner sees it

RunningContainer::RunningContainer(const asio::any_io_executor& executor, Order order,
                                   process::StdioEnds ends)
    : state_(std::make_shared<State>(executor, std::move(order), std::move(ends))) {}

RunningContainer::~RunningContainer() {
  if (!state_->made || state_->exit || state_->concluding) return;
  // Its end of control goes with us, and with that the connector; what is left of the container
  // goes now, or with the next sweep.
  state_->concluding = true;
  state_->control.cancel();
  state_->control.close();
  asio::co_spawn(state_->executor, State::remove(state_), asio::detached);
}

ConnectorIdentity RunningContainer::identity() const {
  return ContainerIdentity{state_->name};
}
awaitable<Result<void>> RunningContainer::started() {
  return State::start(state_);
}
void RunningContainer::tell(News news) {
  state_->news = std::move(news);
}
void RunningContainer::call_off() {
  state_->is_called_off = true;
  state_->calling_off.emit(asio::cancellation_type::terminal);
}
std::optional<SeenImage> RunningContainer::image() const {
  return state_->seen;
}
base::UniqueFd RunningContainer::take_stdin() {
  return std::move(state_->ends.in);
}
base::UniqueFd RunningContainer::take_stdout() {
  return std::move(state_->ends.out);
}
base::UniqueFd RunningContainer::take_stderr() {
  return std::move(state_->ends.err);
}
awaitable<bool> RunningContainer::ended() {
  return State::await_end(state_);
}
awaitable<ExitStatus> RunningContainer::exited() {
  return State::await_exit(state_);
}
awaitable<ExitStatus> RunningContainer::stop(std::chrono::milliseconds grace) {
  return State::stop(state_, grace);
}

}  // namespace wharf::launcher

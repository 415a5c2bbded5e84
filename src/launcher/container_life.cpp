#include "launcher/container_life.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <exception>
#include <utility>

namespace wharf::launcher {

namespace asio = boost::asio;
using asio::awaitable;
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

}  // namespace

// ---- what is heard of it

void ContainerLife::read_control() {
  if (control.get() >= 0 && !reports.read(control.get())) unheard = true;
  if (reports.started) ends.drop_spares();
  changed.cancel();
}

awaitable<void> ContainerLife::follow_control(Shared state) {
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
awaitable<void> ContainerLife::follow_engine(Shared state) {
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
awaitable<void> ContainerLife::conclude(Shared state) {
  if (std::exchange(state->concluding, true)) co_return;
  ExitStatus status{.code = 128 + SIGKILL, .shim_lost = true};
  const bool said = state->reports.exit.has_value();
  if (said) status = ExitStatus{.code = *state->reports.exit};
  if (!said || status.code == 128 + SIGKILL) {
    // The engine knows how its process 1 ended, and whether the kernel killed somebody in it.
    co_await await_for(state, kBound, [](const ContainerLife& now) {
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

awaitable<void> ContainerLife::remove(Shared state) {
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
awaitable<bool> ContainerLife::await_end(Shared state) {
  const auto is_lost = [&] {
    return state->reports.exit.value_or(0) != 0 || (state->unheard && !state->let_go);
  };
  while (!state->exit && !is_lost()) {
    co_await state->changed.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  co_return state->exit.has_value();
}

awaitable<ExitStatus> ContainerLife::await_exit(Shared state) {
  while (!state->exit) co_await state->changed.async_wait(asio::as_tuple(asio::use_awaitable));
  co_return *state->exit;
}

awaitable<void> ContainerLife::await_for(Shared state, std::chrono::milliseconds limit,
                                         Condition condition) {
  const auto until = asio::steady_timer::clock_type::now() + limit;
  asio::steady_timer deadline(state->executor, until);
  deadline.async_wait([state](boost::system::error_code) { state->changed.cancel(); });
  while (!condition(*state) && asio::steady_timer::clock_type::now() < until) {
    co_await state->changed.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

awaitable<void> ContainerLife::signal(Shared state, const char* number) {
  if (state->exit || !state->engine) co_return;
  auto sending = state->engine->kill(state->name, number);
  auto sent = co_await std::move(sending);
  if (sent || sent.error().fault == EngineFault::conflict) co_return;
  // No engine to signal it by: the shim ends all when nobody reads its control any more.
  state->control.cancel();
  state->control.close();
  state->unheard = state->let_go = true;
}

awaitable<ExitStatus> ContainerLife::stop(Shared state, std::chrono::milliseconds grace) {
  const Condition has_ended = [](const ContainerLife& now) { return now.exit.has_value(); };
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

}  // namespace wharf::launcher

#include "launcher/container_life.h"

#include <fmt/format.h>
#include <launcher/container_place.h>
#include <launcher/container_sweep.h>
#include <launcher/image_fetch.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <utility>

namespace wharf::launcher {

namespace asio = boost::asio;
using asio::awaitable;
using docker::EngineError;
using docker::EngineFault;

namespace {

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

Error ContainerLife::explained(Error error, bool its_own) const {
  if (its_own) error.origin = workload::origin_of(order.workload.side);
  return std::move(error).during(fmt::format("starting the image '{}'", image().reference));
}

Error ContainerLife::explained(EngineError error) const {
  const bool its_own = is_of_the_image(error.fault);
  return explained(static_cast<Error&&>(error), its_own);
}

// Called off, it hangs up, and the engine gives the pull up.
docker::EngineAnswer<docker::ImageFacts> ContainerLife::find_image(Shared state,
                                                                   docker::EngineInfo info) {
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
bool ContainerLife::stand(const Shared& state) {
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
docker::EngineAnswer<void> ContainerLife::make(Shared state, docker::ContainerPlan plan) {
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

awaitable<Result<void>> ContainerLife::start(Shared state) {
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

awaitable<Result<void>> ContainerLife::await_launch(Shared state) {
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

}  // namespace wharf::launcher

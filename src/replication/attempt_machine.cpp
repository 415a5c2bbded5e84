#include "replication/attempt_machine.h"

#include <fmt/format.h>

#include <string>

namespace wharf::replication {
namespace {

using Phase = AttemptState::Phase;

// One step: the state it works on and the effects it gathers.
class Step {
 public:
  explicit Step(AttemptState& state) : state_(state) {}

  void on(const DestinationReady&) {
    if (state_.phase != Phase::launching) return;
    state_.phase = Phase::flowing;
    state_.source.launched = true;
    effects_.push_back(LaunchSource{});
  }

  void on(const LaunchFailed& failed) {
    state_.failures.push_back(failed.error);
    auto& one = state_.of(failed.side);
    one.launched = false;
    one.ended = true;
    wind_down();
  }

  void on(const Ended& ended) {
    auto& one = state_.of(ended.side);
    one.ended = true;
    one.status = ended.status;
    ended.side == Side::source ? source_ended() : destination_ended();
  }

  void on(const Lost& lost) {
    auto& one = state_.of(lost.side);
    one.lost = !one.stop_sent;
    if (lost.side == Side::source)
      close_input(false);
    else
      stop(Side::source, state_.graces.source);
    drain();
  }

  void on(const Faulted& faulted) {
    state_.failures.push_back(faulted.error);
    if (faulted.side == Side::destination) stop(Side::destination, state_.graces.source);
    wind_down();
  }

  void on(const StopRequested&) {
    if (state_.phase == Phase::ended) return;
    state_.stop_requested = true;
    wind_down();
  }

  // What was asked to end has not: the source first, then the destination, without grace.
  void on(const TimerExpired&) {
    if (state_.phase != Phase::draining) return;
    if (running(state_.source)) {
      if (state_.failures.empty() && !state_.stop_requested) {
        state_.failures.push_back(Error{ErrorCode::timed_out,
                                        "the source did not end when the destination had all",
                                        Origin::source});
      }
      stop_now(Side::source);
    }
    if (running(state_.destination)) {
      if (!state_.stop_requested) {
        state_.failures.push_back(
            Error{ErrorCode::timed_out,
                  fmt::format("the destination did not end within {} s after its last input",
                              state_.graces.destination.count() / 1000),
                  Origin::destination});
      }
      stop_now(Side::destination);
    }
  }

  std::vector<Effect> take() {
    if (state_.phase != Phase::ended && !running(state_.source) && !running(state_.destination)) {
      state_.phase = Phase::ended;
      effects_.push_back(Finish{});
    }
    return std::move(effects_);
  }

 private:
  // Its end was its own: whatever it was told came after that.
  static bool was_not_told(const AttemptState::One& one) { return one.lost || !one.stop_sent; }
  static bool running(const AttemptState::One& one) { return one.launched && !one.ended; }

  void source_ended() {
    const bool good = state_.source.status.success();
    if (!good && was_not_told(state_.source)) {
      state_.failures.push_back(
          Error{ErrorCode::connector_failed,
                fmt::format("the source ended with {}", state_.source.status.describe()),
                Origin::source});
    }
    close_input(good && state_.failures.empty() && !state_.stop_requested);
    drain();
  }

  void destination_ended() {
    if (state_.by_socket && running(state_.source) && state_.destination.status.success() &&
        !state_.destination.stop_sent && state_.failures.empty() && !state_.stop_requested) {
      // It saw the end of every socket, which the source closes before it exits.
      drain();
      return;
    }
    const bool early = (running(state_.source) && !state_.source.lost) || !state_.source.launched;
    if (was_not_told(state_.destination) && !state_.stop_requested &&
        (early || !state_.destination.status.success())) {
      state_.failures.push_back(Error{
          ErrorCode::connector_failed,
          fmt::format("the destination ended {}with {}",
                      early && state_.destination.status.success() ? "before the source, " : "",
                      state_.destination.status.describe()),
          Origin::destination});
    }
    if (running(state_.source)) stop(Side::source, state_.graces.source);
    if (state_.phase != Phase::ended) state_.phase = Phase::draining;
  }

  // The source is told to stop, the destination gets no more input and may commit what it has.
  void wind_down() {
    if (running(state_.source)) {
      stop(Side::source, state_.graces.source);
    } else {
      close_input(false);
      if (state_.phase == Phase::launching) stop(Side::destination, state_.graces.source);
    }
    drain();
  }

  void drain() {
    if (state_.phase == Phase::ended) return;
    state_.phase = Phase::draining;
    effects_.push_back(
        ArmTimer{running(state_.source) ? state_.graces.source * 2 : state_.graces.destination});
  }

  void close_input(bool complete) {
    if (state_.input_closed) return;
    state_.input_closed = true;
    effects_.push_back(CloseDestinationInput{complete});
  }

  void stop(Side side, std::chrono::milliseconds grace) {
    auto& one = state_.of(side);
    if (!running(one) || one.stop_sent) return;
    one.stop_sent = true;
    effects_.push_back(Stop{side, grace});
  }

  void stop_now(Side side) {
    state_.of(side).stop_sent = true;
    effects_.push_back(Stop{side, std::chrono::milliseconds(0)});
  }

  AttemptState& state_;
  std::vector<Effect> effects_;
};

}  // namespace

std::string_view name_of(Side side) {
  return side == Side::source ? "source" : "destination";
}

std::vector<Effect> step(AttemptState& state, const Event& event) {
  Step one(state);
  std::visit([&](const auto& each) { one.on(each); }, event);
  return one.take();
}

}  // namespace wharf::replication

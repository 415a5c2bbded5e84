#include "replication/destination_start.h"

#include "base/step.h"
#include "checkpoint/checkpoint_table.h"
#include "replication/start_facts.h"

#include <fmt/format.h>

#include <utility>

namespace wharf::replication {
namespace {

using boost::asio::awaitable;

constexpr std::chrono::seconds kPositionDeadline{120};
constexpr int kRounds = 3;  // an honest destination needs two at most

// None: the event says nothing of the position, or of its absence.
std::optional<Error> why_no_position(const Event& event) {
  if (const auto* faulted = std::get_if<Faulted>(&event)) return faulted->error;
  if (std::holds_alternative<StopRequested>(event)) return stopped_early();
  if (!std::holds_alternative<TimerExpired>(event)) return std::nullopt;
  return Error{ErrorCode::timed_out,
               fmt::format("the destination did not say where its rows end within {} s",
                           kPositionDeadline.count()),
               Origin::destination};
}

awaitable<Result<protocol::Position>> await_position(RunningAttempt& attempt,
                                                     ConnectorPair& connectors) {
  attempt.arm(kPositionDeadline);
  for (;;) {
    Letter letter = co_await attempt.mailbox.take();
    if (auto* said = std::get_if<Positioned>(&letter)) {
      attempt.disarm();
      co_return std::move(said->position);
    }
    if (auto* ended = std::get_if<SideEnded>(&letter)) {
      connectors.note_end(*ended);
      co_return Error{ErrorCode::connector_failed,
                      fmt::format("the destination ended with {} before it said where its rows end",
                                  ended->status.describe()),
                      Origin::destination};
    }
    const auto* event = std::get_if<Event>(&letter);
    if (event == nullptr) continue;
    if (auto why = why_no_position(*event)) co_return std::move(*why);
  }
}

// In one transaction: the plan, and the numbers that go with it.
awaitable<checkpoint::StartPlan> settle(RunningAttempt& attempt,
                                        std::optional<protocol::Position> position) {
  auto& input = attempt.order.input;
  auto facts = start_facts(input, attempt.channel.medium, std::move(position));
  const auto now = attempt.services.clock.wall();
  auto carry_out = [&](sqlite::Transaction& transaction) {
    facts.checkpoints = checkpoint::checkpoint_table::load(transaction, input.connection);
    auto plan = checkpoint::plan_start(facts);
    const auto number = job::job_steps::settle(transaction, attempt.id(), plan, now);
    auto fresh = job::job_steps::load(transaction, number);
    return std::make_pair(std::move(plan), std::move(fresh));
  };
  auto settled = co_await in_database(attempt.services.database, carry_out);
  input.claimed = std::move(settled.second);
  attempt.report.attempt = attempt.id();
  co_return std::move(settled.first);
}

void go_by(RunningAttempt& attempt, const checkpoint::StartPlan& plan) {
  auto& left_out = attempt.order.input.left_out;
  left_out.clear();
  for (const auto& start : plan.streams) {
    attempt.say(fmt::format("stream {} starts from {}: {}", protocol::to_string(start.stream),
                            checkpoint::name_of(start.from), start.reason));
    if (start.from == checkpoint::StartFrom::left_out) left_out.push_back(start.stream);
  }
  for (const auto& notice : plan.notices) {
    attempt.say(notice);
    attempt.report.notices.push_back(notice);
  }
}

}  // namespace

awaitable<Result<protocol::StartState>> start_destination(RunningAttempt& attempt,
                                                          ConnectorPair& connectors) {
  for (int round = 0; round < kRounds; ++round) {
    auto launched = co_await connectors.launch_destination();
    if (!launched) co_return std::move(launched).error();
    std::optional<protocol::Position> position;
    if (attempt.order.input.destination.definition.holds_position) {
      auto said = co_await await_position(attempt, connectors);
      if (!said) co_return std::move(said).error();
      position = std::move(*said);
    }
    base::after_step("position_answered");
    auto settling = settle(attempt, std::move(position));
    auto plan = co_await std::move(settling);
    go_by(attempt, plan);
    base::after_step("attempt_settled");
    if (!plan.write_again) co_return std::move(plan.state);
    attempt.say("write is started again: the destination knows higher numbers or complete streams");
    co_await connectors.end_destination();
    if (attempt.stopped) co_return stopped_early();
    if (attempt.is_nothing_left()) co_return std::move(plan.state);
  }
  co_return Error{ErrorCode::internal, "the destination's numbers keep rising",
                  Origin::destination};
}

}  // namespace wharf::replication

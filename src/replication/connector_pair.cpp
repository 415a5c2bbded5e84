#include "replication/connector_pair.h"

#include <fmt/format.h>

#include <utility>

namespace wharf::replication {

using boost::asio::awaitable;

namespace {

// For who is to end at once, but not without having saved what it can.
constexpr std::chrono::milliseconds kEndGrace = Graces{}.source;

}  // namespace

ConnectorPair::ConnectorPair(std::shared_ptr<RunningAttempt> attempt, MessageDesk& desk,
                             AttemptBooks& books, LivenessWatch& watch)
    : attempt_(std::move(attempt)),
      desk_(desk),
      books_(books),
      watch_(watch),
      road_(std::make_shared<OpenRoad>(attempt_)),
      destination_(std::make_shared<RunningSide>(attempt_, Side::destination)),
      source_(std::make_shared<RunningSide>(attempt_, Side::source)) {}

awaitable<Result<void>> ConnectorPair::launch_destination() {
  const auto workload = workload::destination_workload(attempt_->order.input, attempt_->channel);
  auto launched = co_await destination_->launch(workload);
  if (!launched) co_return launched;
  road_->keep_input(destination_->take_stdin());
  auto beginning = destination_->begin(events_of(Side::destination));
  auto begun = co_await std::move(beginning);
  co_return begun;
}

awaitable<Result<void>> ConnectorPair::launch_source(const protocol::StartState& start) {
  const auto workload = workload::source_workload(attempt_->order.input, attempt_->channel, start);
  auto launched = co_await source_->launch(workload);
  if (!launched) co_return launched;
  if (!attempt_->by_socket()) join_by_pump();
  auto beginning = source_->begin(events_of(Side::source), road_->reader());
  auto begun = co_await std::move(beginning);
  co_return begun;
}

ConnectorEvents ConnectorPair::events_of(Side side) {
  return {
      [this, side](protocol::Message message) {
        if (std::holds_alternative<protocol::StateMessage>(message)) watch_.note(side);
        return desk_.take(side, std::move(message));
      },
      [this, side](Error error) { attempt_->mailbox.put(Event(Faulted{side, std::move(error)})); },
      [this, side] { attempt_->mailbox.put(Event(Lost{side})); }};
}

void ConnectorPair::join_by_pump() {
  PumpEvents events;
  events.state = [this](bookkeeper::StateEmitted state) {
    watch_.note(Side::source);
    return books_.enter(std::move(state));
  };
  events.line = [this](std::string_view line) { return source_->take_line(line); };
  events.counted = [this](bookkeeper::RowsCounted rows) { books_.show(std::move(rows)); };
  road_->join(source_->take_stdout(), std::move(events));
  desk_.names_as_the_source([road = road_](const protocol::StreamDescriptor& stream) {
    return road->pump()->source_name(stream);
  });
  watch_.watch_pump([road = road_] { return road->signs(); });
}

void ConnectorPair::call_off() {
  destination_->call_off();
  source_->call_off();
}

void ConnectorPair::stop(Side side, std::chrono::milliseconds grace) {
  if (side == Side::destination && destination_->is_running()) road_->abandon();
  of(side).stop(grace);
}

void ConnectorPair::note_end(const SideEnded& ended) {
  of(ended.side).note_end(ended.status);
  if (ended.side == Side::source) watch_.note_source_ended();
  const auto& input = attempt_->order.input;
  const auto& end = ended.side == Side::source ? input.source : input.destination;
  attempt_->report.exits.push_back({end.definition.name, ended.status});
  attempt_->say(fmt::format("the {} ended with {}", name_of(ended.side), ended.status.describe()));
}

bool ConnectorPair::is_busy() const {
  return source_->is_busy() || destination_->is_busy() || road_->is_busy();
}

awaitable<void> ConnectorPair::take_ending() {
  Letter letter = co_await attempt_->mailbox.take();
  if (auto* ended = std::get_if<SideEnded>(&letter)) note_end(*ended);
}

awaitable<void> ConnectorPair::end_destination() {
  road_->drop_input();
  stop(Side::destination, kEndGrace);
  while (destination_->is_busy()) co_await take_ending();
  co_await record_ends();
  destination_->forget_record();
}

awaitable<void> ConnectorPair::end() {
  road_->drop_input();
  stop(Side::source, kEndGrace);
  stop(Side::destination, kEndGrace);
  while (is_busy()) co_await take_ending();
  source_->close();
  destination_->close();
  road_->end();
}

awaitable<void> ConnectorPair::record_ends() {
  std::vector<RecordedEnd> ends;
  for (const auto& side : {source_, destination_}) {
    if (auto end = side->recorded_end()) ends.push_back(std::move(*end));
  }
  auto recording = replication::record_ends(attempt_->services, std::move(ends));
  co_await std::move(recording);
}

}  // namespace wharf::replication

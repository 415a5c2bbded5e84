#include "replication/open_road.h"

#include "replication/road.h"

#include <boost/asio/co_spawn.hpp>
#include <utility>

namespace wharf::replication {

OpenRoad::OpenRoad(std::shared_ptr<RunningAttempt> attempt) : attempt_(std::move(attempt)) {}

void OpenRoad::join(base::UniqueFd source_output, PumpEvents events) {
  const auto& input = attempt_->order.input;
  pump_.emplace(attempt_->executor, std::move(source_output), std::move(input_),
                pump_streams(input), pump_options(input), std::move(events));
}

std::optional<ConnectorStream::OtherReader> OpenRoad::reader() {
  if (!pump_) return std::nullopt;
  const auto self = shared_from_this();
  return ConnectorStream::OtherReader{[self] { return self->move_lines(); },
                                      [self] { self->pump_->source_exited(); }};
}

boost::asio::awaitable<void> OpenRoad::move_lines() {
  auto moved = co_await pump_->run();
  if (!moved) attempt_->mailbox.put(Event(Faulted{Side::source, std::move(moved).error()}));
}

PumpSigns OpenRoad::signs() const {
  if (!pump_) return {};
  return {pump_->rows_read(), pump_->bytes_taken(), pump_->is_blocked()};
}

void OpenRoad::close(bool complete) {
  if (pump_) {
    ++closings_;
    boost::asio::co_spawn(attempt_->executor, pump_->finish(complete),
                          [self = shared_from_this()](std::exception_ptr) {
                            --self->closings_;
                            self->attempt_->mailbox.put(ErrandEnded{});
                          });
  } else if (attempt_->by_socket()) {
    workload::refuse_connections(attempt_->channel.socket_paths);
  } else {
    drop_input();
  }
}

void OpenRoad::abandon() {
  if (pump_) pump_->abandon();
}

}  // namespace wharf::replication

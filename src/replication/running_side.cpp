#include "replication/running_side.h"

#include "base/step.h"

#include <boost/asio/co_spawn.hpp>
#include <exception>
#include <utility>

namespace wharf::replication {
namespace {

namespace asio = boost::asio;
using asio::awaitable;

Error error_of(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& exception) {
    return Error{ErrorCode::internal, exception.what(), Origin::platform};
  }
}

}  // namespace

RunningSide::RunningSide(std::shared_ptr<RunningAttempt> attempt, Side side)
    : attempt_(std::move(attempt)), side_(side) {}

awaitable<Result<void>> RunningSide::launch(const workload::Workload& workload) {
  const bool is_source = side_ == Side::source;
  auto launched = attempt_->services.launcher.launch(attempt_->executor, workload, *attempt_->run);
  if (!launched) co_return std::move(launched).error();
  stream_.reset();
  connector_ = std::move(*launched);
  base::after_step(is_source ? "source_spawned" : "destination_spawned");
  auto recording = record_start(*attempt_, side_, connector_->identity());
  recorded_ = co_await std::move(recording);
  base::after_step(is_source ? "source_recorded" : "destination_recorded");
  co_return Result<void>();
}

awaitable<Result<void>> RunningSide::begin(ConnectorEvents events,
                                           std::optional<ConnectorStream::OtherReader> reader) {
  stream_.emplace(attempt_->executor, side_, *connector_, *attempt_->log,
                  attempt_->services.line_limit, std::move(events));
  connector_->tell([weak = attempt_->weak_from_this()](std::string_view line) {
    if (const auto attempt = weak.lock()) attempt->say(line);
  });
  if (attempt_->stopped) connector_->call_off();
  auto started = co_await connector_->started();
  if (!started) {
    stream_.reset();
    connector_.reset();
    co_return started;
  }
  running_ = true;
  read(std::move(reader));
  base::after_step(side_ == Side::source ? "source_started" : "destination_started");
  co_return Result<void>();
}

void RunningSide::read(std::optional<ConnectorStream::OtherReader> reader) {
  asio::co_spawn(
      attempt_->executor, stream_->run(std::move(reader)),
      [self = shared_from_this()](std::exception_ptr thrown, process::ExitStatus status) {
        auto& mailbox = self->attempt_->mailbox;
        if (thrown) mailbox.put(BooksFailed{error_of(thrown)});
        mailbox.put(SideEnded{self->side_, status});
      });
}

void RunningSide::call_off() {
  if (connector_ && !running_) connector_->call_off();
}

void RunningSide::stop(std::chrono::milliseconds grace) {
  if (!connector_ || !running_) return;
  ++stops_;
  asio::co_spawn(attempt_->executor, connector_->stop(grace),
                 [self = shared_from_this()](std::exception_ptr, process::ExitStatus) {
                   --self->stops_;
                   self->attempt_->mailbox.put(ErrandEnded{});
                 });
}

void RunningSide::note_end(process::ExitStatus status) {
  running_ = false;
  status_ = status;
}

std::optional<RecordedEnd> RunningSide::recorded_end() const {
  if (!recorded_) return std::nullopt;
  return RecordedEnd{*recorded_, status_, connector_ ? connector_->image() : std::nullopt};
}

}  // namespace wharf::replication

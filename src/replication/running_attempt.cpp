#include "replication/running_attempt.h"

#include "bookkeeper/log_files.h"
#include "replication/road.h"

#include <utility>

namespace wharf::replication {

RunningAttempt::RunningAttempt(const boost::asio::any_io_executor& its_executor,
                               const AttemptServices& its_services, AttemptOrder its_order)
    : executor(its_executor),
      services(its_services),
      order(std::move(its_order)),
      mailbox(executor),
      timer(executor) {
  report.attempt = id();
}

bool RunningAttempt::is_nothing_left() const {
  return order.input.left_out.size() >= order.input.claimed.job.config.catalog.streams.size();
}

Result<void> RunningAttempt::open_log() {
  const auto path = bookkeeper::log_of(services.logs, id());
  bookkeeper::remove_log(path);  // of a store that has been replaced since by an older one
  auto opened = bookkeeper::AttemptLog::open(
      path, services.clock,
      {.limit = bookkeeper::log_share(services.logs, id().job, services.log_per_job),
       .secrets = order.secrets});
  if (!opened) return std::move(opened).error();
  log = std::move(*opened);
  report.log = path;
  for (const auto& line : std::exchange(said_early, {})) say(line);
  return {};
}

void RunningAttempt::say(std::string_view what) {
  if (!log) {
    said_early.emplace_back(what);
    return;
  }
  log->append(bookkeeper::LogSource::platform, protocol::LogMessage::Level::info, what);
}

Result<void> RunningAttempt::choose_channel() {
  order.input.line_limit = services.line_limit;
  auto road = choose_road(order.input, order.mode, services.usual_resources);
  if (!road) return std::move(road).error();
  report.road = describe(*road);
  say("road: " + report.road);
  auto made = workload::RunDirectory::create(services.runs);
  if (!made) return std::move(made).error();
  run.emplace(std::move(*made));
  channel.medium = road->medium;
  channel.form = road->form;
  if (!by_socket()) return {};
  auto paths = run->socket_paths(road->sockets);
  if (!paths) return std::move(paths).error();
  channel.socket_paths = std::move(*paths);
  return {};
}

void RunningAttempt::arm(std::chrono::milliseconds after) {
  timer.expires_after(after);
  timer.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
    if (!error) self->mailbox.put(Event(TimerExpired{}));
  });
}

Error stopped_early() {
  return Error{ErrorCode::cancelled, "stopped before the destination stood"};
}

}  // namespace wharf::replication

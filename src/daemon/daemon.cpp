#include "daemon/daemon.h"

#include "daemon/endpoint.h"

namespace wharf::daemon {
namespace {

std::string_view status_of(const job::Job& job) {
  return job::name_of(job.status);
}

template <class Call>
void call(Call& to, const base::ConnectionId& connection) {
  to.with([&](auto& heard) {
    if (heard) heard(connection);
  });
}

}  // namespace

Result<std::unique_ptr<Daemon>> Daemon::start(Options options) {
  std::unique_ptr<Daemon> daemon(new Daemon(std::move(options)));
  auto declared = daemon->read_declarations();
  if (!declared) return std::move(declared).error();
  Core::Settings settings;
  settings.data_directory = daemon->options_.data_directory;
  settings.dispatcher.attempts_at_once = daemon->options_.settings.max_sync_workers;
  settings.dispatcher.environment = daemon->options_.environment;
  settings.log_level = base::LogLevel::info;
  settings.key.key_file = daemon->options_.settings.secret_key_file;
  if (const char* place = daemon->options_.environment("CREDENTIALS_DIRECTORY")) {
    settings.key.credentials = place;
  }
  auto core = Core::open(std::move(settings), daemon->events());
  if (!core) return std::move(core).error();
  daemon->core_ = std::move(*core);
  daemon->make_parts();
  if (auto opened = daemon->open_door(); !opened) return std::move(opened).error();
  daemon->deployment_->declare(std::move(*declared));
  daemon->core_->dispatcher().begin();
  daemon->scheduler_->begin();
  return daemon;
}

// Nothing new begins, then what runs ends with the core.
Daemon::~Daemon() {
  if (!core_) return;
  core_->log().info("stopping");
  door_.reset();
  core_->dispatcher().stop();
  ended_->with([](auto& ended) { ended = nullptr; });
  deployment_.reset();
  renew_->with([](auto& renew) { renew = nullptr; });
  scheduler_.reset();
}

schedule::TimeZone Daemon::zone() const {
  return options_.settings.timezone.value_or(schedule::TimeZone::of_machine());
}

Result<void> Daemon::open_door() {
  auto credentials = ensure_credentials(options_.data_directory);
  if (!credentials) return std::move(credentials).error();
  auto changed = [renew = renew_](const base::ConnectionId& connection) {
    call(*renew, connection);
  };
  FrontDoor::Options opening{
      options_.settings.listen, options_.settings.hosts, zone(),
      std::move(*credentials),  options_.environment,    options_.builtin_spec,
      std::move(changed)};
  auto door = FrontDoor::open(*core_, std::move(opening));
  if (!door) return std::move(door).error();
  door_ = std::move(*door);
  return {};
}

void Daemon::make_parts() {
  schedule::Scheduler::Services scheduling{core_->database(), core_->clock(), core_->log(),
                                           [core = core_.get()] { core->dispatcher().ring(); }};
  scheduler_ = std::make_unique<schedule::Scheduler>(
      core_->executor(), std::move(scheduling), schedule::Watch{zone(), core_->clock().wall()});
  renew_->with([&](auto& renew) {
    renew = [scheduler = scheduler_.get()](const base::ConnectionId& connection) {
      scheduler->renew(connection);
    };
  });
  auto changed = [renew = renew_](const base::ConnectionId& connection) {
    call(*renew, connection);
  };
  deployment_ = std::make_unique<Deployment>(
      core_->executor(),
      Deployment::Services{core_->database(), core_->clock(), core_->log(), core_->launcher(),
                           core_->runs(), options_.environment, options_.builtin_spec,
                           core_->vault(), changed});
  ended_->with([&](auto& ended) {
    ended = [deployment = deployment_.get()](const auto&) { deployment->look_again(); };
  });
}

replication::Dispatcher::Events Daemon::events() {
  replication::Dispatcher::Events events;
  events.started = [this](const base::ConnectionId& connection, auto) {
    core_->log().info("sync started", {{"connection", connection.value}});
  };
  events.ended = [this](const job::Job& job, const replication::AttemptReport& report) {
    const auto& reasons = report.outcome.reasons;
    core_->log().info("sync ended", {{"connection", job.connection.value},
                                     {"job", job.id.value},
                                     {"attempt", report.attempt.number},
                                     {"job_is", status_of(job)},
                                     {"why", reasons.empty() ? "" : reasons.front().external}});
    call(*renew_, job.connection);
    call(*ended_, job.connection);
  };
  events.failed = [this](const std::string& why) {
    core_->log().error("the dispatcher cannot go on", {{"why", why}});
  };
  return events;
}

Result<std::shared_ptr<const declaration::Declaration>> Daemon::read_declarations() const {
  auto loaded = declaration::load_directory(options_.settings.declarations);
  if (!loaded.problems.empty()) return as_error(loaded.problems);
  return std::make_shared<const declaration::Declaration>(std::move(loaded.declaration));
}

void Daemon::reload() {
  auto declared = read_declarations();
  if (!declared) {
    core_->log().error("declarations have problems: the former ones stay in force",
                       {{"problems", declared.error().message}});
    return;
  }
  deployment_->declare(std::move(*declared));
  core_->log().info("declarations read again");
}

}  // namespace wharf::daemon

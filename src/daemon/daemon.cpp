#include "daemon/daemon.h"

#include "base/uuid.h"
#include "connection/connection_table.h"
#include "daemon/credentials.h"
#include "daemon/endpoint.h"
#include "daemon/local_door.h"
#include "daemon/logins.h"

#include <fmt/format.h>

namespace wharf::daemon {
namespace {

constexpr std::chrono::seconds kStopTime{150};  // what a stop may take; the unit says the same

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
  if (auto opened = daemon->open_core(); !opened) return std::move(opened).error();
  if (!declared && !daemon->has_former_declarations()) return std::move(declared).error();
  daemon->make_parts();
  daemon->note(declared);
  if (auto opened = daemon->open_door(); !opened) return std::move(opened).error();
  if (declared) daemon->deployment_->declare(std::move(*declared));
  daemon->core_->questions().begin();
  daemon->core_->dispatcher().begin();
  daemon->scheduler_->begin();
  if (const auto interval = watchdog_interval()) {
    daemon->heartbeat_.emplace(daemon->core_->executor(), *interval);
  }
  daemon->door_->set_ready(true);
  daemon->upkeep_->begin();
  return daemon;
}

Result<void> Daemon::check(Options options) {
  const Daemon daemon(std::move(options));
  if (auto declared = daemon.read_declarations(); !declared) return std::move(declared).error();
  if (auto logins = read_logins(daemon.options_.settings); !logins) {
    return std::move(logins).error();
  }
  if (auto address = api::tcp_address(daemon.options_.settings.listen); !address) {
    return std::move(address).error();
  }
  return {};
}

Result<void> Daemon::open_core() {
  const auto& directory = options_.data_directory;
  if (auto hidden = sandbox_.objection(directory, Sandbox::Access::write)) {
    return Error{ErrorCode::environment, "the data directory " + *hidden};
  }
  const auto& local = options_.settings.docker.local_mount;
  if (!local.empty()) {
    if (auto hidden = sandbox_.objection(local, Sandbox::Access::read)) {
      return Error{ErrorCode::environment, "connectors.local_mount: " + *hidden};
    }
  }
  Core::Settings settings;
  settings.data_directory = directory;
  settings.dispatcher.attempts_at_once = options_.settings.max_sync_workers;
  settings.dispatcher.environment = options_.environment;
  settings.dispatcher.may_start = [this] { return upkeep_->may_start(); };
  settings.dispatcher.auto_disable = options_.settings.auto_disable;
  settings.docker = options_.settings.docker;
  settings.questions_at_once = options_.settings.max_check_workers;
  settings.log_per_job = options_.settings.logs.per_job;
  settings.liveness = options_.settings.liveness;
  settings.line_limit = options_.settings.line_limit;
  settings.log_level = base::LogLevel::info;
  settings.key.key_file = options_.settings.secret_key_file;
  if (const char* place = options_.environment("CREDENTIALS_DIRECTORY")) {
    settings.key.credentials = place;
  }
  settings.bookkeeper.saved = [this](const auto& connection, auto took, bool good) {
    measures_.saved(connection, took, good);
  };
  auto core = Core::open(std::move(settings), events());
  if (!core) return std::move(core).error();
  core_ = std::move(*core);
  started_ = core_->clock().wall();
  upkeep_ = std::make_unique<Upkeep>(*core_, options_.settings,
                                     [opened = core_.get()] { opened->dispatcher().ring(); });
  measures_.begin(core_->database());
  core_->log().info("starting", {{"version", WHARF_VERSION}, {"deployment", core_->deployment()}});
  return {};
}

std::string Daemon::status() const {
  return fmt::format("listening on {}, port {}", api::host_name(options_.settings.listen),
                     door_->port());
}

// Nothing new begins, then what runs ends with the core.
Daemon::~Daemon() {
  if (!core_) return;
  if (rollout_) rollout_->stop();
  core_->log().info("stopping");
  core_->dispatcher().stop();  // first: a job whose check ends now would be tried again at once
  core_->questions().stop();   // who waits for an answer is told
  door_.reset();
  if (upkeep_) upkeep_->stop();
  ended_->with([](auto& ended) { ended = nullptr; });
  deployment_.reset();
  end_schedule();
}

void Daemon::end_schedule() {
  renew_->with([](auto& renew) { renew = nullptr; });
  scheduler_.reset();
}

void Daemon::drain() {
  const auto limit = options_.settings.drain;
  if (limit.count() == 0) return;
  const auto text = std::to_string(std::chrono::ceil<std::chrono::seconds>(limit).count()) + " s";
  tell_service_manager("STOPPING=1\n" + status_line("draining, for " + text + " at most") + "\n" +
                       more_time(limit + kStopTime));
  core_->log().info("draining: running syncs go on, no other begins", {{"at_most", text}});
  door_->say_draining();
  end_schedule();
  const auto idle = core_->dispatcher().run_out();
  if (idle.wait_for(limit) == std::future_status::ready) return;
  core_->log().warn("the time of the drain is over: what still runs is stopped");
}

schedule::TimeZone Daemon::zone() const {
  return options_.settings.timezone.value_or(schedule::TimeZone::of_machine());
}

Result<void> Daemon::open_door() {
  auto admin = ensure_credentials(options_.data_directory, Holder::admin);
  if (!admin) return std::move(admin).error();
  auto launcher = ensure_credentials(options_.data_directory, Holder::launcher);
  if (!launcher) return std::move(launcher).error();
  auto logins = read_logins(options_.settings);
  if (!logins) return std::move(logins).error();
  const auto socket =
      socket_path(options_.settings.socket, options_.data_directory, options_.environment);
  std::optional<api::LocalAddress> local;
  if (socket) {
    if (auto led = lead_to_socket(options_.data_directory, *socket); !led) return led;
    local = api::LocalAddress{*socket, kGroup};
  } else {
    core_->log().warn("the data directory's path is too long for a socket in it: set one");
  }
  FrontDoor::Options options{
      options_.settings.listen,
      options_.settings.hosts,
      zone(),
      {admin->client(api::Role::admin), launcher->client(api::Role::launcher)},
      options_.settings.metrics,
      {},
      {},
      std::move(local),
      instance(socket.value_or("")),
      options_.environment,
      options_.builtin_spec,
      {}};
  options.authenticate = options_.settings.authenticate;
  options.insecure = options_.settings.insecure;
  options.public_url = options_.settings.public_url;
  options.basic = std::move(logins->basic);
  options.tokens = std::move(logins->tokens);
  options.measures = [this] {
    const bool stale = stale_.with([](const auto& found) { return found.has_value(); });
    return measures_.text(core_->database(), options_.data_directory, upkeep_->counts(), !stale,
                          core_->clock().wall());
  };
  options.answered = [this](const api::Answered& answer) { measures_.answered(answer); };
  options.connection_changed = [renew = renew_](const base::ConnectionId& connection) {
    call(*renew, connection);
  };
  options.since_turn = scheduler_->since_turn();
  auto door = FrontDoor::open(*core_, std::move(options));
  if (!door) return std::move(door).error();
  door_ = std::move(*door);
  return {};
}

api::Instance Daemon::instance(const std::string& socket) {
  const auto& settings = options_.settings;
  return {core_->database(),
          core_->clock(),
          core_->directory(),
          WHARF_VERSION,
          started_,
          socket,
          settings.max_sync_workers,
          settings.minimum_free,
          settings.backup.every,
          [this] { return upkeep_->hold(); },
          [this](const base::ConnectionId& connection) { return running_.of(connection); },
          [this](const base::ConnectionId& connection) { call(*renew_, connection); },
          [this](const api::DeclarationWish& wish) { return rollout_->take(wish); },
          [this] { return stale_.with([](const auto& stale) { return stale; }); },
          [this] { return upkeep_->counts(); }};
}

void Daemon::make_parts() {
  schedule::Scheduler::Services scheduling{core_->database(), core_->clock(), core_->log(),
                                           [core = core_.get()] { core->dispatcher().ring(); },
                                           [this](auto by) { measures_.late(by); }};
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
                           core_->vault(), changed, core_->line_limit()});
  rollout_ = std::make_unique<Rollout>(Rollout::Services{
      *core_, options_.environment, options_.builtin_spec, sandbox_,
      [this] { return own_files_.with([](const auto& own) { return own; }); }, changed});
  ended_->with([&](auto& ended) {
    ended = [deployment = deployment_.get()](const auto&) { deployment->look_again(); };
  });
}

replication::Dispatcher::Events Daemon::events() {
  replication::Dispatcher::Events events;
  events.started = [this](const base::ConnectionId& connection, auto progress) {
    measures_.started(connection, progress);
    running_.started(connection, std::move(progress));
    core_->log().info("sync started", {{"connection", connection.value}});
  };
  events.ended = [this](const job::Job& job, const replication::AttemptReport& report) {
    measures_.ended(job, report, core_->clock().wall());
    running_.ended(job.connection);
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
    core_->log().error("the dispatcher has failed at something, and goes on", {{"why", why}});
  };
  return events;
}

Result<Daemon::Declared> Daemon::read_declarations() const {
  auto loaded = declaration::load_directory(options_.settings.declarations);
  auto problems = std::move(loaded.problems);
  const auto hidden = hidden_paths(loaded.declaration, sandbox_);
  problems.insert(problems.end(), hidden.begin(), hidden.end());
  if (!problems.empty()) return as_error(problems);
  return std::make_shared<const declaration::Declaration>(std::move(loaded.declaration));
}

bool Daemon::has_former_declarations() {
  return !core_->database().read(connection::connection_table::active_declared).empty();
}

void Daemon::note(const Result<Declared>& declared) {
  stale_.with([&](auto& stale) {
    stale.reset();
    if (!declared) stale = {declared.error().message, core_->clock().wall()};
  });
  if (declared) {
    own_files_.with([&](auto& own) { own = *declared; });
  } else {
    core_->log().error("declarations have problems: the former ones stay in force",
                       {{"problems", declared.error().message}});
  }
}

void Daemon::reload() {
  auto declared = read_declarations();
  note(declared);
  if (!declared) return;
  deployment_->declare(std::move(*declared));
  core_->log().info("declarations read again");
}

}  // namespace wharf::daemon

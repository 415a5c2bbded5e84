#include "daemon/core.h"

#include "base/step.h"
#include "base/uuid.h"
#include "bookkeeper/failure_reason.h"
#include "database/meta_table.h"
#include "definition/definition_table.h"
#include "job/job_queue.h"
#include "launcher/orphan_sweeper.h"
#include "process/shim_image.h"
#include "workload/own_sync.h"
#include "workload/run_directory.h"
#include "workload/workload_queue.h"
#include "workload/workload_table.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <cstdlib>
#include <fstream>
#include <future>

namespace wharf::daemon {
namespace {

constexpr std::chrono::seconds kOrphanLimit{10};
constexpr std::chrono::seconds kRemovalLimit{10};
constexpr std::chrono::seconds kSweepLimit{30};

std::string read_boot_id() {
  std::ifstream in("/proc/sys/kernel/random/boot_id");
  std::string id;
  in >> id;
  return id;
}

}  // namespace

std::filesystem::path data_directory(const std::string& chosen) {
  if (!chosen.empty()) return std::filesystem::absolute(chosen);
  const char* state = std::getenv("XDG_STATE_HOME");
  if (state != nullptr && *state == '/') return std::filesystem::path(state) / "wharf";
  const char* home = std::getenv("HOME");
  return std::filesystem::path(home != nullptr ? home : "/") / ".local/state/wharf";
}

Result<std::unique_ptr<launcher::Launchers>> make_launcher(
    const std::filesystem::path& data_directory, const DockerSettings& docker,
    const std::string& deployment) {
  auto shim = process::install_shim(data_directory);
  if (!shim) return std::move(shim).error();
  launcher::ContainerSettings containers;
  containers.shim = *shim;
  containers.version = WHARF_VERSION;
  containers.deployment = deployment;
  containers.network = docker.network;
  containers.registry_auth = docker.registry_auth;
  if (!docker.local_mount.empty()) {
    if (auto why = objection_to_local_mount(docker.local_mount, data_directory)) {
      return Error{ErrorCode::invalid_config, "connectors.local_mount: " + *why};
    }
    containers.local_mount = docker.local_mount;
  }
  containers.usual = docker.usual;
  containers.pids = docker.pids;
  return std::make_unique<launcher::Launchers>(
      launcher::ProcessLauncher::Settings{.shim = std::move(*shim),
                                          .executable = launcher::own_executable(),
                                          .version = WHARF_VERSION,
                                          .host = launcher::host_environment()},
      docker.host, std::move(containers));
}

Core::Core(database::DataDirectory directory, base::LogLevel log_level)
    : log_(clock_, log_level), directory_(std::move(directory)) {}

Core::~Core() {
  dispatcher_.reset();  // waits for its attempts
  if (engine_) launcher_->containers().end(kRemovalLimit);
  // The threads of bookkeeper and database keep what they call back with, and executors in it, a
  // moment beyond the call: they end before the engine goes, and nothing runs there meanwhile.
  if (engine_) engine_->stop();
}

Result<std::unique_ptr<Core>> Core::open(Settings settings,
                                         replication::Dispatcher::Events events) {
  auto directory = database::DataDirectory::open(settings.data_directory);
  if (!directory) return std::move(directory).error();
  std::unique_ptr<Core> core(new Core(std::move(*directory), settings.log_level));

  core->boot_id_ = read_boot_id();
  core->retries_ = settings.dispatcher.retries;
  auto runs = workload::find_runs_directory();
  if (!runs) return std::move(runs).error();
  core->runs_ = std::move(*runs);
  auto database = database::Database::open(core->directory_);
  if (!database) return std::move(database).error();
  core->database_ = std::move(*database);
  core->deployment_ = core->database_->write([](sqlite::Transaction& transaction) {
    return database::meta_table::find_or_put(transaction, "deployment_id", base::random_uuid());
  });
  auto launcher = make_launcher(settings.data_directory, settings.docker, core->deployment_);
  if (!launcher) return std::move(launcher).error();
  core->launcher_ = std::move(*launcher);
  settings.key.data_directory = settings.data_directory;
  try {
    auto vault = secret::Vault::open(*core->database_, settings.key);
    if (!vault) return std::move(vault).error();
    core->vault_ = std::move(*vault);
    core->renew_secrets();
    if (auto recovered = core->recover(); !recovered) return std::move(recovered).error();
  } catch (const sqlite::SqliteError& error) {
    return core->database_->unusable(error);
  }

  core->line_limit_ = settings.line_limit;
  core->engine_ = std::make_unique<Engine>();
  core->bookkeeper_ = std::make_unique<bookkeeper::Bookkeeper>(
      *core->database_, core->clock_, core->log_, std::move(settings.bookkeeper));
  if (settings.questions_at_once > 0) {
    core->questions_ = std::make_unique<operation::QuestionDesk>(
        core->engine_->executor(),
        operation::QuestionDesk::Services{core->clock_, core->log_, *core->database_,
                                          *core->launcher_, core->runs_, *core->vault_,
                                          settings.dispatcher.environment, settings.line_limit},
        settings.questions_at_once);
  }
  core->dispatcher_ = std::make_unique<replication::Dispatcher>(
      core->engine_->executor(),
      replication::AttemptServices{core->clock_, core->log_, *core->database_, *core->bookkeeper_,
                                   *core->launcher_, core->runs_, core->directory_.logs(),
                                   core->boot_id_, *core->vault_, core->questions_.get(),
                                   settings.log_per_job, settings.liveness, settings.line_limit,
                                   settings.docker.usual},
      std::move(settings.dispatcher), std::move(events));
  return core;
}

// Another key stands above the one that sealed them: a rotation, maybe one that was cut short.
void Core::renew_secrets() {
  const auto renewed = vault_->renew(*database_);
  if (renewed.sealed > 0)
    log_.info("secrets were sealed anew with the newest key", {{"count", renewed.sealed}});
  if (renewed.unopened > 0)
    log_.warn("secrets cannot be opened: give them again", {{"count", renewed.unopened}});
}

Result<int> Core::sweep_containers() {
  const bool images = database_->read(definition::definition_table::has_images);
  if (!images) return 0;
  auto sweeping = launcher_->containers().sweep(runs_);
  // Before the engine turns, its part is done here.
  boost::asio::io_context own;
  auto swept = boost::asio::co_spawn(
      engine_ ? engine_->executor() : boost::asio::any_io_executor(own.get_executor()),
      std::move(sweeping), boost::asio::use_future);
  if (!engine_) own.run_for(kSweepLimit);
  if (swept.wait_for(engine_ ? kSweepLimit : std::chrono::seconds(0)) != std::future_status::ready)
    return Error{ErrorCode::timed_out, "the container engine does not answer"};
  return swept.get();
}

// One that cannot be reached is no reason not to start: connectors whose daemon is gone end by
// themselves, and what is left of their containers goes with a later sweep.
void Core::end_containers(bool recorded) {
  const auto swept = sweep_containers();
  if (!swept && recorded)
    log_.warn("containers of an earlier run may be left", {{"why", swept.error().message}});
  if (swept && *swept > 0) log_.info("containers of an earlier run are gone", {{"count", *swept}});
}

// What ran in an earlier life is ended and proved gone before anything is started.
Result<void> Core::recover() {
  const auto left = database_->read(
      [](sqlite::Connection& store) { return workload::workload_table::not_ended(store); });
  std::vector<process::ProcessIdentity> identities;
  for (const auto& workload : left) {
    const auto& process = workload.process;
    if (!process || process->boot_id != boot_id_) continue;
    identities.push_back({static_cast<pid_t>(process->pid), static_cast<pid_t>(process->group),
                          static_cast<std::uint64_t>(process->start_time)});
  }
  if (auto ended = launcher::end_orphans(identities, kOrphanLimit); !ended) return ended;
  end_containers(std::any_of(left.begin(), left.end(),
                             [](const auto& workload) { return workload.container.has_value(); }));
  base::after_step("orphans_ended");
  if (auto swept = workload::sweep_stale_runs(runs_); !swept) return std::move(swept).error();
  const auto now = clock_.wall();
  database_->write([&](sqlite::Transaction& transaction) {
    for (const auto& workload : left) {
      workload::workload_table::ended(transaction, workload.id, "ended with its daemon", now);
    }
    workload::own_sync::interrupted(transaction, now);
  });
  base::after_step("runs_swept");
  // What we were asking is asked again; what others let pass while nobody looked has failed.
  database_->write([&](sqlite::Transaction& transaction) {
    workload::workload_queue::take_back(transaction, workload::kOwnGroup, now);
    return workload::workload_queue::fail_expired(transaction, now);
  });
  const auto explain = [&](const base::AttemptId& attempt, bool progress) {
    return bookkeeper::to_json({bookkeeper::ended_with_wharf(now)}, attempt, progress);
  };
  job::JobQueue(*database_, clock_, retries_).recover(explain);
  base::after_step("attempts_recovered");
  return {};
}

}  // namespace wharf::daemon

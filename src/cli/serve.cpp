#include "base/private_file.h"
#include "cli/exit_code.h"
#include "cli/verbs.h"
#include "connectors/builtin.h"
#include "daemon/daemon.h"
#include "daemon/service_manager.h"
#include "database/database.h"
#include "process/signals.h"

#include <CLI/CLI.hpp>

#include <malloc.h>

#include <csignal>
#include <cstdlib>
#include <memory>
#include <string>

namespace wharf::cli {
namespace {

struct ServeOptions {
  std::string settings;
  std::string declarations;
  std::string data_dir;
  std::string listen;
  std::string socket;
  bool insecure = false;
  bool check_config = false;
  bool migrate_only = false;
};

// So that what a large request or a thousand rows took goes back to the machine: glibc would raise
// the threshold, and keep an arena for each of many threads.
void keep_little_memory() {
  ::mallopt(M_MMAP_THRESHOLD, 128 << 10);
  ::mallopt(M_ARENA_MAX, 2);
}

const char* environment(const char* name) {
  return std::getenv(name);
}

// Who may change these decides what the daemon does; who may read wharf.env has its secrets.
void check_files(const std::string& settings) {
  const std::filesystem::path file(settings);
  std::error_code unseen;
  if (std::filesystem::exists(file, unseen)) base::require_unwritable_by_others(file).value();
  const auto variables = file.parent_path() / "wharf.env";
  if (std::filesystem::exists(variables, unseen)) base::require_private_file(variables).value();
}

// The command line goes before the environment, that before the file.
daemon::Settings read_settings(const ServeOptions& options) {
  const bool named = !options.settings.empty();
  const std::string file = named ? options.settings : daemon::kSettingsFile;
  check_files(file);
  auto settings = daemon::load_settings(file, !named).value();
  daemon::apply_environment(settings, environment).value();
  if (!options.declarations.empty()) {
    settings.declarations = std::filesystem::absolute(options.declarations).string();
  }
  if (!options.listen.empty()) settings.listen = options.listen;
  if (!options.socket.empty()) settings.socket = std::filesystem::absolute(options.socket).string();
  if (!options.data_dir.empty()) settings.data_dir = options.data_dir;
  settings.insecure |= options.insecure;
  return settings;
}

int check_config(const ServeOptions& options) {
  daemon::Daemon::check({read_settings(options), {}, environment, connectors::builtin_spec})
      .value();
  return kDone;
}

// The store and nothing else: no secret is opened, nobody is ended, nothing is started.
int migrate_only(const ServeOptions& options) {
  const auto settings = read_settings(options);
  auto directory = database::DataDirectory::open(daemon::data_directory(settings.data_dir)).value();
  database::Database::open(directory).value();
  return kDone;
}

std::unique_ptr<daemon::Daemon> start(const ServeOptions& options) {
  daemon::Daemon::Options wanted;
  wanted.settings = read_settings(options);
  wanted.data_directory = daemon::data_directory(wanted.settings.data_dir);
  wanted.environment = environment;
  wanted.builtin_spec = connectors::builtin_spec;
  return daemon::Daemon::start(std::move(wanted)).value();
}

int serve(const ServeOptions& options) {
  if (options.check_config) return check_config(options);
  if (options.migrate_only) return migrate_only(options);
  keep_little_memory();
  process::block_signals();
  daemon::tell_service_manager("STATUS=starting");
  std::unique_ptr<daemon::Daemon> daemon;
  try {
    daemon = start(options);
  } catch (const Failure& failure) {
    daemon::tell_service_manager(daemon::status_line(failure.what()));
    throw;
  }
  const std::string ready = "READY=1\n" + daemon::status_line(daemon->status());
  daemon::tell_service_manager(ready);
  for (int signal = process::await_signal(); signal == SIGHUP; signal = process::await_signal()) {
    daemon::tell_service_manager(daemon::reloading_now());
    daemon->reload();
    daemon::tell_service_manager(ready);
  }
  process::let_next_signal_end();
  daemon->drain();
  daemon::tell_service_manager("STOPPING=1\nSTATUS=letting running syncs commit what they have");
  daemon.reset();
  return kDone;
}

}  // namespace

void add_serve(CLI::App& app, Action& action) {
  auto options = std::make_shared<ServeOptions>();
  auto* verb = app.add_subcommand("serve", "Run connections when their schedules say so");
  verb->add_option("--config", options->settings,
                   "the settings (default: /etc/wharf/wharf.yaml, if it is there)");
  verb->add_option("--declarations", options->declarations,
                   "a directory of declarations (default: the setting, else /etc/wharf/conf.d)");
  verb->add_option("--data-dir", options->data_dir,
                   "where states and logs are kept (default: the setting data_dir, else "
                   "$XDG_STATE_HOME/wharf, else ~/.local/state/wharf)");
  verb->add_option("--listen", options->listen,
                   "HOST:PORT of the API (default: the setting, else 127.0.0.1:8000)");
  verb->add_option("--socket", options->socket,
                   "where wharf status, sync, logs … reach it (default: the setting, else "
                   "wharf.sock in systemd's runtime directory, else in the data directory)");
  verb->add_flag("--insecure", options->insecure,
                 "listen beyond this machine without TLS: tokens and data cross the network in "
                 "clear (also the setting insecure: true)");
  auto* check =
      verb->add_flag("--check-config", options->check_config,
                     "read the settings and the declarations, say what is wrong, and end");
  verb->add_flag("--migrate-only", options->migrate_only,
                 "bring the data directory's store to this version, and end")
      ->excludes(check);
  verb->footer(
      R"(Every *.yaml of the directory declares sources, destinations and connections, each connection
with a schedule:
  schedule: {type: cron, expression: "0 0 * * * ?", timezone: Europe/Berlin}
  schedule: {type: basic, every: 6 hours}
SIGHUP reads them again; if one is wrong, it is said and the former ones stay in force. SIGTERM lets
running syncs commit what they have, a second one ends at once: their jobs go on with the next start.
With the setting shutdown: {drain: 10 min} they may go on to their end first, for as long as that,
while no other begins.

The environment goes before the settings: WHARF_DATA_DIR, WHARF_DECLARATIONS, WHARF_LISTEN,
WHARF_TIMEZONE, WHARF_MAX_SYNC_WORKERS, WHARF_DOCKER_HOST, WHARF_DOCKER_NETWORK,
WHARF_DOCKER_REGISTRY_AUTH, WHARF_LOCAL_MOUNT.

Examples:
  wharf serve
  wharf serve --declarations ./conf.d --data-dir ./state
  wharf serve --check-config

Exit codes: 0 stopped, 2 usage or configuration, 3 environment.)");
  verb->callback([&action, options] { action = [options] { return serve(*options); }; });
}

}  // namespace wharf::cli

#include "cli/daemon_sync.h"
#include "cli/declaration_file.h"
#include "cli/display.h"
#include "cli/exit_code.h"
#include "cli/sync_report.h"
#include "cli/verbs.h"
#include "connectors/builtin.h"
#include "process/signals.h"

#include <CLI/CLI.hpp>

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

namespace wharf::cli {
namespace {

using Forced = workload::TransportFacts::Forced;

struct SyncOptions {
  std::string file;
  std::vector<std::string> connections;
  std::string data_dir;
  std::string mode = "auto";
  int parallel = 2;
  int retries = 0;
  std::string socket;
  bool wait = false;
  bool json = false;
  bool quiet = false;
};

std::unique_ptr<Display> display_for(const SyncOptions& options) {
  if (options.quiet || options.json) return make_quiet_display();
  return ::isatty(STDOUT_FILENO) != 0 ? make_live_display() : make_plain_display();
}

int sync(const SyncOptions& options) {
  process::block_signals();
  daemon::SyncRun::Request request;
  request.declaration = read_declaration(options.file);
  require_connections(request.declaration, options.connections);
  leave_to_daemon(request.declaration, options.connections, options.data_dir);
  for (auto& connection : request.declaration.connections) {
    if (options.mode == "socket") connection.mode = Forced::socket;
    if (options.mode == "stdio") connection.mode = Forced::stdio;
  }
  request.connections = options.connections;
  request.data_directory = daemon::data_directory(options.data_dir);
  request.parallel = options.parallel;
  request.retries = options.retries;
  request.environment = [](const char* name) { return std::getenv(name); };
  request.builtin_spec = connectors::builtin_spec;
  auto begun = daemon::SyncRun::begin(std::move(request));
  if (!begun) throw Failure(with_advice(std::move(begun).error(), options.data_dir));

  auto display = display_for(options);
  while (!(*begun)->wait(std::chrono::milliseconds(200))) display->show((*begun)->look());
  const auto runs = (*begun)->look();
  display->finish(runs);
  begun->reset();
  if (options.json)
    std::puts(report_json(runs).c_str());
  else
    print_report(runs, options.quiet);
  return exit_code(runs);
}

int ask_daemon(const SyncOptions& options) {
  if (options.connections.empty()) {
    throw Failure(ErrorCode::invalid_argument,
                  "name a connection of the daemon (wharf connections lists them), or a "
                  "declaration with -f FILE");
  }
  DaemonSync wanted;
  wanted.place = {options.socket, options.data_dir, options.json};
  wanted.connections = options.connections;
  wanted.wait = options.wait;
  wanted.quiet = options.quiet;
  const auto display = display_for(options);
  return sync_by_daemon(wanted, *display);
}

}  // namespace

void add_sync(CLI::App& app, Action& action) {
  auto options = std::make_shared<SyncOptions>();
  auto* verb =
      app.add_subcommand("sync", "Move data now: as a declaration file says, or by the daemon");
  auto* file = verb->add_option("-f,--file", options->file,
                                "run by itself what this declaration (YAML) says");
  verb->add_option("connections", options->connections,
                   "which connections; with -f all active ones if none is named");
  verb->add_option("--socket", options->socket, "of the daemon (wharf status --help)")
      ->excludes(file);
  verb->add_flag("--wait", options->wait, "without -f: until the jobs have ended, showing them")
      ->excludes(file);
  verb->add_option("--data-dir", options->data_dir,
                   "where states and logs are kept (default: $XDG_STATE_HOME/wharf, else "
                   "~/.local/state/wharf)");
  verb->add_option("--mode", options->mode, "the road of the records (default: auto)")
      ->needs(file)
      ->check(CLI::IsMember({"auto", "socket", "stdio"}));
  verb->add_option("--parallel", options->parallel, "connections at once (default: 2)")
      ->needs(file)
      ->check(CLI::Range(1, 64));
  verb->add_option("--retries", options->retries, "further attempts of a sync that fails (0)")
      ->needs(file)
      ->check(CLI::Range(0, 100));
  verb->add_flag("--json", options->json, "print one JSON object at the end");
  verb->add_flag("--quiet", options->quiet, "print failures only");
  verb->footer(
      R"(Without -f the daemon is asked: `wharf sync NAME` gives it a job and returns, --wait shows how
it goes (Ctrl-C ends the showing, not the sync), and retries are the daemon's. With -f this command
does it by itself, and leaves alone what belongs to a daemon unless it has its own --data-dir.
A sync that fails or is stopped is the same job's next attempt: run it again and it goes
on from what its destination has. Ctrl-C lets both sides commit what they have.

Examples:
  wharf sync -f conf/quickstart.yaml
  wharf sync -f shop.yaml orders customers --retries 3
  wharf sync orders --wait
  wharf sync -f shop.yaml --json | jq '.connections[].total.recordsCommitted'

Exit codes: 0 done, 1 a sync failed, 2 usage or configuration, 3 environment.)");
  verb->callback([&action, options] {
    action = [options] { return options->file.empty() ? ask_daemon(*options) : sync(*options); };
  });
}

}  // namespace wharf::cli

#include "base/nearest.h"
#include "checkpoint/checkpoint_table.h"
#include "checkpoint/state_edit.h"
#include "cli/daemon_client.h"
#include "cli/exit_code.h"
#include "cli/verbs.h"
#include "connection/connection_table.h"
#include "connection/stream_names.h"
#include "daemon/core.h"
#include "database/database.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace wharf::cli {
namespace {

struct StateOptions {
  std::string connection;
  std::vector<std::string> streams;
  std::string file = "-";
  std::string data_dir;
  std::string socket;
  bool json = false;
};

// The store, held exclusively: a running sync of the same directory is a conflict by name.
struct Store {
  database::DataDirectory directory;
  std::unique_ptr<database::Database> database;
};

Store open_store(const StateOptions& options) {
  auto directory = database::DataDirectory::open(daemon::data_directory(options.data_dir));
  if (!directory) throw Failure(std::move(directory).error());
  auto database = database::Database::open(*directory);
  if (!database) throw Failure(std::move(database).error());
  return {std::move(*directory), std::move(*database)};
}

connection::Connection find_connection(database::Database& database, const std::string& name) {
  return database.read([&](sqlite::Connection& store) {
    if (auto found = connection::connection_table::find_by_name(store, name)) return *found;
    std::vector<std::string> names;
    for (const auto& each : connection::connection_table::all(store)) names.push_back(each.name);
    std::vector<std::string_view> views(names.begin(), names.end());
    throw Failure(ErrorCode::not_found,
                  fmt::format("no connection '{}' has ever been synced from this data directory{}",
                              name, base::did_you_mean(name, views)));
  });
}

// The daemon's state when one answers; none: the store is ours to open.
std::optional<DaemonClient> daemon_of(const StateOptions& options) {
  if (!options.socket.empty()) return DaemonClient::find({options.socket, "", false});
  return DaemonClient::find_if_any({"", options.data_dir, false});
}

std::string state_target(const StateOptions& options) {
  return fmt::format("{}/connections/{}/state", kWharfApi, in_path(options.connection));
}

// A refusal is a Failure; else what the daemon said is printed if it is asked for.
int through(const DaemonClient& daemon, std::string_view method, const std::string& target,
            const std::string& body, bool print) {
  const auto reply = daemon.ask(method, target, body);
  if (reply.status >= 300) throw Failure(error_of(reply));
  if (print) std::puts(reply.body.c_str());
  return kDone;
}

std::string read_text(const StateOptions& options) {
  if (options.file == "-") return {std::istreambuf_iterator<char>(std::cin), {}};
  std::ifstream in(options.file, std::ios::binary);
  if (!in) throw Failure(ErrorCode::invalid_argument, options.file + ": cannot be read");
  return {std::istreambuf_iterator<char>(in), {}};
}

void print_states(const Store& store, const base::ConnectionId& connection) {
  const auto state = store.database->read([&](sqlite::Connection& read) {
    return checkpoint::checkpoint_table::load(read, connection);
  });
  std::puts(state.empty() ? "[]" : protocol::to_json(state).c_str());
}

int get(const StateOptions& options) {
  if (const auto daemon = daemon_of(options)) {
    return through(*daemon, "GET", state_target(options), "", true);
  }
  const Store store = open_store(options);
  const auto connection = find_connection(*store.database, options.connection);
  print_states(store, connection.id);
  return kDone;
}

int set(const StateOptions& options) {
  const std::string text = read_text(options);
  auto state = protocol::parse_start_state(text);
  if (!state) {
    throw Failure(ErrorCode::invalid_argument, "this is no state: " + state.error().message);
  }
  if (const auto daemon = daemon_of(options)) {
    return through(*daemon, "PUT", state_target(options), text, options.json);
  }
  const Store store = open_store(options);
  const auto connection = find_connection(*store.database, options.connection);
  const base::SystemClock clock;
  auto done = store.database->write([&](sqlite::Transaction& transaction) {
    return checkpoint::set_state(transaction, connection.id, *state, clock.wall());
  });
  if (!done) throw Failure(std::move(done).error());
  if (options.json) print_states(store, connection.id);
  return kDone;
}

int clear(const StateOptions& options) {
  if (const auto daemon = daemon_of(options)) {
    std::string target = state_target(options);
    for (const auto& stream : options.streams) {
      target += (target.ends_with("state") ? "?stream=" : "&stream=") + in_path(stream);
    }
    return through(*daemon, "DELETE", target, "", options.json);
  }
  const Store store = open_store(options);
  const auto connection = find_connection(*store.database, options.connection);
  const auto streams = connection::streams_named(connection, options.streams);
  if (!streams) throw Failure(streams.error());
  const auto all = connection::streams_of(connection);
  store.database->write([&](sqlite::Transaction& transaction) {
    checkpoint::clear_state(transaction, connection.id, *streams, all);
  });
  if (options.json) print_states(store, connection.id);
  return kDone;
}

CLI::App* add_verb(CLI::App& state, Action& action, const char* name, const char* summary,
                   int (*run)(const StateOptions&), const std::shared_ptr<StateOptions>& options) {
  auto* verb = state.add_subcommand(name, summary);
  verb->add_option("connection", options->connection, "its name")->required();
  verb->add_option("--data-dir", options->data_dir, "where states and logs are kept");
  verb->add_option("--socket", options->socket, "of the daemon (wharf status --help)");
  verb->add_flag("--json", options->json, "print the states that stand after it");
  verb->callback([&action, options, run] { action = [options, run] { return run(*options); }; });
  return verb;
}

}  // namespace

void add_state(CLI::App& app, Action& action) {
  auto options = std::make_shared<StateOptions>();
  auto* state =
      app.add_subcommand("state", "Show, set or clear where a connection's streams stand");
  state->require_subcommand(1);
  state->footer(
      "A state that is set or cleared by hand decides where the next sync starts, whatever the\n"
      "destination holds. A running daemon is asked; otherwise the data directory is "
      "opened.\n\nExamples:\n  wharf state get orders-to-lake\n"
      "  wharf state set orders-to-lake < state.json\n"
      "  wharf state clear orders-to-lake --stream orders");
  add_verb(*state, action, "get", "Print the confirmed states, as --state takes them", get,
           options);
  add_verb(*state, action, "set", "Set the states named in a JSON text", set, options)
      ->add_option("--state", options->file, "a file; - is stdin (the default)");
  add_verb(*state, action, "clear", "Forget states: the next sync starts over", clear, options)
      ->add_option("--stream", options->streams, "which streams; all if none is named");
}

}  // namespace wharf::cli

#include "declaration/export.h"
#include "cli/daemon_client.h"
#include "cli/exit_code.h"
#include "cli/listing.h"
#include "cli/verbs.h"
#include "daemon/core.h"
#include "declaration/yaml_text.h"

#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace wharf::cli {
namespace {

namespace fs = std::filesystem;
using ExportedJson = nlohmann::ordered_json;

struct ExportOptions {
  DaemonPlace place;
  bool with_state = false;
  std::string output;
};

// Nobody else's to read: configurations and states may tell more than secrets do.
void write_private(const fs::path& path, std::string_view text) {
  const fs::path half = path.string() + ".tmp";
  base::UniqueFd file(::open(half.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  bool good = static_cast<bool>(file);
  while (good && !text.empty()) {
    const auto written = ::write(file.get(), text.data(), text.size());
    good = written > 0;
    if (good) text.remove_prefix(static_cast<std::size_t>(written));
  }
  if (!good || ::fsync(file.get()) != 0 || ::rename(half.c_str(), path.c_str()) != 0) {
    throw Failure(ErrorCode::environment,
                  fmt::format("cannot write {}: {}", path.string(), std::strerror(errno)));
  }
}

// Comments on the secrets that are to be given where it is applied.
std::string head_of(const ExportedJson& answer) {
  std::string head = "# Written by `wharf export`; `wharf apply` takes it.\n";
  if (answer["secrets"].empty()) return head;
  head +=
      "# Secrets are not in it. Where they are not kept yet, give them with --secrets FILE, which "
      "has:\n";
  for (const auto& name : answer["secrets"]) {
    head += "#   " + declaration::to_yaml({{name.get<std::string>(), "…"}});
  }
  return head;
}

void write_directory(const fs::path& directory, const ExportedJson& answer) {
  std::error_code failed;
  fs::create_directories(directory, failed);  // if it fails, so does what follows, by name
  const auto& all = answer["declaration"];
  for (const char* kind : {"sources", "destinations", "connections"}) {
    const ExportedJson part{{"version", all["version"]}, {kind, all[kind]}};
    const bool first = std::string_view(kind) == "sources";
    write_private(directory / (std::string(kind) + ".yaml"),
                  (first ? head_of(answer) : "") + declaration::to_yaml(part));
  }
}

// From the store itself, where no daemon holds it.
ExportedJson exported_alone(const ExportOptions& options) {
  const auto where = daemon::data_directory(options.place.data_dir);
  if (!fs::exists(where / "wharf.db")) {
    throw Failure(ErrorCode::not_found,
                  fmt::format("no daemon answers, and there is no store in {}", where.string()));
  }
  const auto directory = database::DataDirectory::open(where);
  if (!directory) throw Failure(directory.error());
  const auto database = database::Database::open(*directory);
  if (!database) throw Failure(database.error());
  const auto exported = (*database)->read([&](sqlite::Connection& store) {
    return declaration::export_all(store, options.with_state);
  });
  return {{"declaration", exported.declaration()},
          {"secrets", exported.secrets},
          {"notes", exported.notes}};
}

ExportedJson exported(const ExportOptions& options) {
  const auto daemon = options.place.socket.empty()
                          ? DaemonClient::find_if_any(options.place)
                          : std::optional<DaemonClient>(DaemonClient::find(options.place));
  if (!daemon) return exported_alone(options);
  return daemon->get(std::string(kWharfApi) + "/export" +
                     (options.with_state ? "?state=true" : ""));
}

int export_all(const ExportOptions& options) {
  const auto answer = exported(options);
  const auto& all = answer["declaration"];
  const auto text = head_of(answer) + declaration::to_yaml(all);
  if (options.place.json) {
    show_json(all);
  } else if (options.output.empty() || options.output == "-") {
    std::fputs(text.c_str(), stdout);
  } else if (fs::is_directory(options.output) || options.output.ends_with('/')) {
    write_directory(options.output, answer);
  } else {
    write_private(options.output, text);
  }
  for (const auto& note : answer["notes"]) {
    std::fprintf(stderr, "wharf: %s\n", printable(note.get<std::string>()).c_str());
  }
  if (!answer["secrets"].empty()) {
    std::fprintf(stderr,
                 "wharf: %zu secrets are not in it: `wharf apply --help` says how to give "
                 "them\n",
                 answer["secrets"].size());
  }
  return kDone;
}

}  // namespace

void add_export(CLI::App& app, Action& action) {
  auto options = std::make_shared<ExportOptions>();
  auto* verb = app.add_subcommand("export", "Write the running system as declarations");
  add_daemon_options(*verb, options->place);
  verb->add_flag("--with-state", options->with_state,
                 "with the states of all streams: the other machine goes on from there");
  verb->add_option("-o,--output", options->output,
                   "a file, or a directory, which gets sources.yaml, destinations.yaml and "
                   "connections.yaml");
  verb->footer(
      "Everything that there is, whoever made it: files, `wharf apply` or REST. On an empty "
      "machine\n`wharf apply` makes the same system of it, ids included. Secrets are never in it: "
      "${secret:NAME}\nstands in their places, ${env:…} and ${file:…} stay as they are.\n\n"
      "Stop the daemon here before another machine goes on from states: two that write to one "
      "destination\nare one too many. Where none answers, the data directory is read.\n\n"
      "Examples:\n  wharf export > system.yaml\n  wharf export --with-state -o moving/\n"
      "  wharf export --json | jq '.connections[].name'\n\n"
      "Exit codes: 0 done, 2 nothing is there, 3 environment.");
  verb->callback([&action, options] { action = [options] { return export_all(*options); }; });
}

}  // namespace wharf::cli

#include "daemon/credentials.h"
#include "cli/exit_code.h"
#include "cli/verbs.h"
#include "daemon/core.h"
#include "daemon/settings.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

namespace wharf::cli {
namespace {

struct CredentialsOptions {
  std::string data_dir;
  bool launcher = false;
  bool json = false;
};

// Where the daemon keeps its files, if it is started without options.
std::filesystem::path directory_of(const CredentialsOptions& options) {
  if (!options.data_dir.empty()) return daemon::data_directory(options.data_dir);
  auto settings = daemon::load_settings(daemon::kSettingsFile, true).value();
  daemon::apply_environment(settings, [](const char* name) { return std::getenv(name); }).value();
  return daemon::data_directory(settings.data_dir);
}

int credentials(const CredentialsOptions& options) {
  const auto holder = options.launcher ? daemon::Holder::launcher : daemon::Holder::admin;
  auto found = daemon::read_credentials(directory_of(options), holder);
  if (!found) throw Failure(std::move(found).error());
  if (options.json) {
    const nlohmann::ordered_json json{{"client_id", found->client_id},
                                      {"client_secret", found->client_secret}};
    fmt::print("{}\n", json.dump());
  } else {
    fmt::print("client_id      {}\nclient_secret  {}\n", found->client_id, found->client_secret);
  }
  return kDone;
}

}  // namespace

void add_credentials(CLI::App& app, Action& action) {
  auto options = std::make_shared<CredentialsOptions>();
  auto* verb = app.add_subcommand("credentials", "Show what API clients ask for tokens with");
  verb->add_option("--data-dir", options->data_dir, "the daemon's (default: as for `wharf serve`)");
  verb->add_flag("--launcher", options->launcher,
                 "those of launchers in other processes: they may work the workload queue alone");
  verb->add_flag("--json", options->json, "print JSON");
  verb->footer(
      "Examples:\n  wharf credentials\n"
      "  curl -s localhost:8000/api/public/v1/applications/token -d \"$(wharf credentials "
      "--json)\"");
  verb->callback([&action, options] { action = [options] { return credentials(*options); }; });
}

}  // namespace wharf::cli

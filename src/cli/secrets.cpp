#include "cli/exit_code.h"
#include "cli/listing.h"
#include "cli/verbs.h"
#include "daemon/core.h"
#include "daemon/settings.h"
#include "secret/rotation.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

namespace wharf::cli {
namespace {

namespace fs = std::filesystem;

struct RotateOptions {
  std::string settings;
  std::string data_dir;
  std::string key_file;
  bool forget = false;
  bool json = false;
};

// The directory and its key as a daemon with these settings would find them.
secret::KeyPlaces places_of(const RotateOptions& options) {
  const bool named = !options.settings.empty();
  auto settings =
      daemon::load_settings(named ? options.settings : daemon::kSettingsFile, !named).value();
  daemon::apply_environment(settings, [](const char* name) { return std::getenv(name); }).value();
  secret::KeyPlaces places;
  places.data_directory =
      daemon::data_directory(options.data_dir.empty() ? settings.data_dir : options.data_dir);
  places.key_file = settings.secret_key_file;
  if (!options.key_file.empty()) {
    places.key_file = fs::absolute(options.key_file);
  } else if (const char* credentials = std::getenv("CREDENTIALS_DIRECTORY")) {
    places.credentials = credentials;
  }
  return places;
}

secret::Rotation rotate(const RotateOptions& options) {
  const auto places = places_of(options);
  if (!fs::exists(places.data_directory / "wharf.db")) {
    throw Failure(ErrorCode::not_found,
                  fmt::format("there is no store in {}", places.data_directory.string()));
  }
  const auto directory = database::DataDirectory::open(places.data_directory);
  if (!directory) {
    auto error = directory.error();
    if (error.code == ErrorCode::conflict) error.message += ": stop it first";
    throw Failure(std::move(error));
  }
  const auto database = database::Database::open(*directory).value();
  const auto former = options.forget ? secret::FormerKeys::forgotten : secret::FormerKeys::kept;
  return secret::rotate_key(*database, places, former).value();
}

int rotate_key(const RotateOptions& options) {
  const auto done = rotate(options);
  if (options.json) {
    show_json({{"key", done.key},
               {"former", done.former},
               {"file", done.file.string()},
               {"sealed", done.sealed},
               {"unopened", done.unopened}});
  } else {
    fmt::print("secrets sealed anew: {}, with the key {} in {}\n", done.sealed, done.key,
               done.file.string());
    if (done.unopened > 0) {
      fmt::print("{} cannot be opened, they were changed by other hands: give them again\n",
                 done.unopened);
    }
    if (!done.former.empty()) {
      fmt::print("the former key stands below it: backups made until now open with it alone\n");
    }
  }
  return done.unopened == 0 ? kDone : kFailed;
}

}  // namespace

void add_secrets(CLI::App& app, Action& action) {
  auto* secrets = app.add_subcommand("secrets", "Look after the key that secrets are sealed with");
  secrets->require_subcommand(1);
  auto options = std::make_shared<RotateOptions>();
  auto* verb =
      secrets->add_subcommand("rotate-key", "Seal all secrets of the store with a new key");
  verb->add_option("--config", options->settings, "the daemon's settings");
  verb->add_option("--data-dir", options->data_dir, "the daemon's (default: as for `wharf serve`)");
  verb->add_option("--key-file", options->key_file,
                   "where the key stands (default: as for `wharf serve`)");
  verb->add_flag("--forget-former", options->forget,
                 "keep no former key: backups made until now lose their secrets");
  verb->add_flag("--json", options->json, "print JSON");
  verb->footer(
      "The daemon must be stopped. A new key is put into <data-dir>/secret.key, above the former "
      "one,\nand the secrets are sealed with it, all or none; if that is cut short, either key "
      "opens what it has\nsealed, and the next start goes on with it. Keep the new file elsewhere, "
      "too.\n\n"
      "A key of your own (secret_key_file, systemd's credential) is not written: put the new one, "
      "of\n`openssl rand -hex 32`, in a line above it. This verb, or the next start, seals "
      "everything anew;\nthen the former line may go.\n\nExamples:\n  systemctl stop wharf\n"
      "  wharf secrets rotate-key\n  systemctl start wharf\n\n"
      "Exit codes: 0 done, 1 a secret could not be opened, 2 there is no store or no new key,\n"
      "3 somebody uses the directory, or the key cannot be read.");
  verb->callback([&action, options] { action = [options] { return rotate_key(*options); }; });
}

}  // namespace wharf::cli

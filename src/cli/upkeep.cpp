#include "base/clock.h"
#include "chores/backup.h"
#include "chores/doctor.h"
#include "cli/daemon_client.h"
#include "cli/daemon_sync.h"
#include "cli/exit_code.h"
#include "cli/listing.h"
#include "cli/verbs.h"
#include "daemon/core.h"
#include "daemon/settings.h"

#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <cerrno>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

namespace wharf::cli {
namespace {

namespace fs = std::filesystem;
using UpkeepJson = nlohmann::ordered_json;

struct FileOptions {
  DaemonPlace place;
  std::string file;
};

// ---- doctor

// What can be found out where no daemon answers.
UpkeepJson examine_alone(const DaemonPlace& place, const std::string& why) {
  const daemon::Settings defaults;
  const auto directory = daemon::data_directory(place.data_dir);
  chores::Findings findings{{"daemon", chores::Verdict::problem, why, ""}};
  const auto now = base::SystemClock().wall();
  for (auto& one : chores::examine_directory(directory, defaults.minimum_free)) {
    findings.push_back(std::move(one));
  }
  for (auto& one : chores::examine_backups(directory, defaults.backup.every, now)) {
    findings.push_back(std::move(one));
  }
  UpkeepJson all = UpkeepJson::array();
  for (const auto& finding : findings) {
    all.push_back({{"subject", finding.subject},
                   {"verdict", chores::name_of(finding.verdict)},
                   {"said", finding.said}});
    if (!finding.advice.empty()) all.back()["advice"] = finding.advice;
  }
  return {{"findings", all}};
}

UpkeepJson examination(const DaemonPlace& place) {
  try {
    return DaemonClient::find(place).get(std::string(kWharfApi) + "/doctor");
  } catch (const Failure& failure) {
    return examine_alone(place, failure.what());
  }
}

int doctor(const DaemonPlace& place) {
  const auto all = examination(place);
  bool good = true;
  for (const auto& finding : all["findings"]) {
    const auto verdict = finding.value("verdict", "");
    good = good && verdict != "problem";
    if (place.json) continue;
    fmt::print("{:<8} {}: {}\n",
               verdict == "ok"        ? "ok"
               : verdict == "warning" ? "WARNING"
                                      : "PROBLEM",
               finding.value("subject", ""), printable(finding.value("said", "")));
    if (finding.contains("advice")) fmt::print("         -> {}\n", finding.value("advice", ""));
  }
  if (place.json) show_json(all);
  return good ? kDone : kFailed;
}

// ---- backup

void download(const DaemonClient& daemon, const fs::path& half) {
  base::UniqueFd file(::open(half.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  const auto failed = [&] {
    return Failure(ErrorCode::environment,
                   fmt::format("cannot write {}: {}", half.string(), std::strerror(errno)));
  };
  if (!file) throw failed();
  daemon.stream(std::string(kWharfApi) + "/backup", [&](std::string_view text) {
    while (!text.empty()) {
      const auto written = ::write(file.get(), text.data(), text.size());
      if (written < 0) throw failed();
      text.remove_prefix(static_cast<std::size_t>(written));
    }
  });
  if (::fsync(file.get()) != 0) throw failed();
}

chores::BackupFacts backup_by_daemon(const DaemonClient& daemon, const fs::path& to) {
  const fs::path half = to.string() + ".tmp";
  std::error_code gone;
  try {
    download(daemon, half);
    auto facts = chores::inspect_backup(half).value();
    fs::rename(half, to);
    return facts;
  } catch (...) {
    fs::remove(half, gone);
    throw;
  }
}

chores::BackupFacts backup_alone(const DaemonPlace& place, const fs::path& to) {
  const auto where = daemon::data_directory(place.data_dir);
  if (!fs::exists(where / "wharf.db")) {
    throw Failure(ErrorCode::not_found, fmt::format("there is no store in {}", where.string()));
  }
  const auto directory = database::DataDirectory::open(where);
  if (!directory) throw Failure(directory.error());
  return chores::write_backup(directory->database_file(), to).value();
}

void say_facts(const FileOptions& options, const char* done, const chores::BackupFacts& facts) {
  if (options.place.json) {
    show_json({{"file", options.file},
               {"schema", facts.schema},
               {"connections", facts.connections},
               {"jobs", facts.jobs},
               {"checkpoints", facts.checkpoints}});
  } else {
    fmt::print("{} {}: {} connections, {} jobs, {} states\n", options.file, done, facts.connections,
               facts.jobs, facts.checkpoints);
  }
}

int backup(const FileOptions& options) {
  if (fs::exists(options.file)) {
    throw Failure(ErrorCode::invalid_argument,
                  options.file + ": is there already; a backup is not written over another");
  }
  const auto to = fs::absolute(options.file);
  const auto daemon = DaemonClient::find_if_any(options.place);
  const auto facts = daemon ? backup_by_daemon(*daemon, to) : backup_alone(options.place, to);
  say_facts(options, "is written", facts);
  return kDone;
}

int restore(const FileOptions& options) {
  if (!fs::exists(options.file)) {
    throw Failure(ErrorCode::invalid_argument, options.file + ": there is no such file");
  }
  const auto where = daemon::data_directory(options.place.data_dir);
  auto directory = database::DataDirectory::open(where);
  if (!directory) {
    auto error = std::move(directory).error();
    if (error.code == ErrorCode::conflict) error.message += ": stop it first";
    throw Failure(std::move(error));
  }
  const bool replaces = fs::exists(directory->database_file());
  const auto facts = chores::restore_backup(*directory, options.file).value();
  say_facts(options, "is restored", facts);
  if (replaces && !options.place.json) {
    fmt::print("what stood there is kept as {}.replaced\n", directory->database_file().string());
  }
  return kDone;
}

void add_file_verb(CLI::App& app, Action& action, const char* name, const char* summary,
                   const char* file, const char* footer, int (*run)(const FileOptions&)) {
  auto options = std::make_shared<FileOptions>();
  auto* verb = app.add_subcommand(name, summary);
  verb->add_option("file", options->file, file)->required();
  add_daemon_options(*verb, options->place);
  verb->footer(footer);
  verb->callback([&action, options, run] { action = [options, run] { return run(*options); }; });
}

}  // namespace

void add_upkeep(CLI::App& app, Action& action) {
  auto place = std::make_shared<DaemonPlace>();
  auto* verb = app.add_subcommand("doctor", "Say what is wrong, and what to do about it");
  add_daemon_options(*verb, *place);
  verb->footer(
      "Asks the daemon; where none answers, says why and looks at the data directory.\n\n"
      "Exit codes: 0 no problem, 1 there is one.");
  verb->callback([&action, place] { action = [place] { return doctor(*place); }; });
  add_file_verb(
      app, action, "backup", "Write a copy of the store, while it is being used", "a new file",
      "In it are connections, jobs, states: one SQLite file, checked before it gets its name. "
      "Not in it:\nlogs, credentials.json, and the key of its secrets (<data-dir>/secret.key), "
      "which is to be kept\nelsewhere: without it the secrets in the copy are lost. The daemon "
      "makes one each day by itself,\nin <data-dir>/backups.\n\nExamples:\n  wharf backup "
      "/mnt/nas/wharf-$(date +%F).db\n\n"
      "Exit codes: 0 done, 2 the file is there already, 3 environment.",
      backup);
  add_file_verb(app, action, "restore", "Put a backup in the place of the store", "a backup",
                "The daemon must be stopped. What stood in the data directory is kept beside it. "
                "Destinations\nremember where their rows end: what was synced after the backup is "
                "not synced twice.\n\nExamples:\n  wharf restore wharf-2026-11-22.db\n  wharf "
                "restore wharf.db --data-dir /var/lib/wharf\n\n"
                "Exit codes: 0 done, 2 this is no backup, 3 somebody uses the directory.",
                restore);
}

}  // namespace wharf::cli

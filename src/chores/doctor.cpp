#include "chores/doctor.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/quantity.h"
#include "chores/backup.h"
#include "chores/disk_guard.h"
#include "sqlite/statement.h"

namespace wharf::chores {
namespace {

constexpr mode_t kOpenToOthers = S_IRWXG | S_IRWXO;

Finding examine_disk(std::string subject, const std::filesystem::path& path, std::uint64_t least) {
  const auto space = space_of(path);
  if (!space) {
    return {std::move(subject), Verdict::warning,
            fmt::format("the free space of {} cannot be asked", path.string()), ""};
  }
  auto said =
      fmt::format("{} free of {}", base::bytes_text(space->free), base::bytes_text(space->total));
  if (space->free >= least) return {std::move(subject), Verdict::ok, std::move(said), ""};
  return {std::move(subject), Verdict::problem, std::move(said),
          fmt::format("free some space on the disk of {}", path.string())};
}

std::filesystem::path existing_part(std::filesystem::path path) {
  std::error_code failed;
  while (!std::filesystem::exists(path, failed) && path.has_relative_path()) {
    path = path.parent_path();
  }
  return path;
}

Finding examine_integrity(sqlite::Connection& store) {
  auto run = store.statement("pragma quick_check(1)").run();
  const std::string said = run.next() ? run.string(0) : "it cannot be checked";
  if (said == "ok") return {"store", Verdict::ok, "its file is whole", ""};
  return {"store", Verdict::problem, said,
          "stop the daemon and put back a backup: wharf restore FILE"};
}

void examine_connections(sqlite::Connection& store, Findings& findings) {
  auto run = store
                 .statement(R"sql(
                   select connection.name, inactive_reason, job.id from connection
                   left join job on job.id =
                     (select newest_job.id from newest_job where connection_id = connection.id)
                   where connection.tombstone = 0 and inactive_reason is not null
                     or (connection.status = 'active' and job.status = 'failed')
                   order by connection.name)sql")
                 .run();
  while (run.next()) {
    const auto name = run.string(0);
    const auto subject = fmt::format("connection '{}'", name);
    if (run.null(1)) {
      findings.push_back({subject, Verdict::warning,
                          fmt::format("its last job ({}) failed", run.integer(2)),
                          fmt::format("wharf logs {}", name)});
    } else {
      findings.push_back({subject, Verdict::problem,
                          fmt::format("it was made inactive: {}", run.text(1)),
                          fmt::format("mend it, then: wharf resume {}", name)});
    }
  }
}

void examine_destinations(sqlite::Connection& store, std::uint64_t least, Findings& findings) {
  auto run = store
                 .statement(R"sql(
                   select name, json_extract(config, '$.destination_path') from destination
                   where json_type(config, '$.destination_path') = 'text' order by name)sql")
                 .run();
  while (run.next()) {
    const std::filesystem::path path(run.string(1));
    if (!path.is_absolute()) continue;  // a reference, or its own business
    auto finding =
        examine_disk(fmt::format("destination '{}'", run.text(0)), existing_part(path), least);
    if (finding.verdict != Verdict::ok) findings.push_back(std::move(finding));
  }
}

}  // namespace

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::ok:
      return "ok";
    case Verdict::warning:
      return "warning";
    case Verdict::problem:
      return "problem";
  }
  return "problem";
}

Findings examine_directory(const std::filesystem::path& data_directory, std::uint64_t least_free) {
  const auto where = data_directory.string();
  struct stat status{};
  if (::stat(data_directory.c_str(), &status) != 0) {
    return {{"data directory", Verdict::problem, where + " is not there, or not to be seen",
             "start the daemon (wharf serve), or name another one with --data-dir"}};
  }
  Findings findings;
  if ((status.st_mode & kOpenToOthers) != 0) {
    findings.push_back(
        {"data directory", Verdict::problem,
         fmt::format("{} is open to others (mode {:o})", where, status.st_mode & 0777u),
         "chmod 700 " + where});
  } else if (::access(data_directory.c_str(), W_OK | X_OK) != 0) {
    findings.push_back({"data directory", Verdict::problem, where + " cannot be written",
                        "give it to the daemon's user"});
  } else {
    findings.push_back({"data directory", Verdict::ok, where, ""});
  }
  findings.push_back(examine_disk("disk", data_directory, least_free));
  return findings;
}

Findings examine_store(database::Database& database, std::uint64_t least_free) {
  Findings findings;
  database.read([&](sqlite::Connection& store) {
    findings.push_back(examine_integrity(store));
    examine_connections(store, findings);
    examine_destinations(store, least_free, findings);
  });
  return findings;
}

Findings examine_backups(const std::filesystem::path& data_directory,
                         std::chrono::milliseconds every, base::WallTime now) {
  const auto directory = data_directory / "backups";
  if (every.count() == 0) {
    return {{"backups", Verdict::warning, "none are made (backup.every is 0)",
             "wharf backup FILE writes one"}};
  }
  const auto newest = BackupKeeper::newest(directory);
  if (!newest) {
    return {{"backups", Verdict::warning, "there is none yet",
             "the daemon makes the first within its first minutes"}};
  }
  auto said = fmt::format("the newest is of {}", base::to_iso(*newest));
  if (now - *newest <= 2 * every) return {{"backups", Verdict::ok, std::move(said), ""}};
  return {{"backups", Verdict::problem, std::move(said),
           "the daemon's log says why none was made since"}};
}

Findings examine_chores(const std::map<std::string, ChoreCount>& chores) {
  Findings findings;
  for (const auto& [name, count] : chores) {
    if (count.last_failure.empty()) continue;
    findings.push_back(
        {fmt::format("chore '{}'", name), Verdict::problem,
         fmt::format("it failed at {}: {}", base::to_iso(count.last_failed), count.last_failure),
         "it is done again by itself"});
  }
  return findings;
}

}  // namespace wharf::chores

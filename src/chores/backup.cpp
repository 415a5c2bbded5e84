#include "chores/backup.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "base/unique_fd.h"
#include "database/migrations.h"
#include "sqlite/statement.h"

namespace wharf::chores {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "wharf-";
constexpr std::string_view kEnding = ".db";
constexpr std::chrono::seconds kBusy{10};

Error cannot_do(std::string_view act, const fs::path& path) {
  return {ErrorCode::environment,
          fmt::format("cannot {} {}: {}", act, path.string(), std::strerror(errno))};
}

Result<void> sync_to_disk(const fs::path& path) {
  const base::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file || ::fsync(file.get()) != 0) return cannot_do("sync", path);
  return {};
}

Result<void> make_empty(const fs::path& path) {
  std::error_code gone;
  fs::remove(path, gone);
  const base::UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file) return cannot_do("create", path);
  return {};
}

Result<void> give_name(const fs::path& from, const fs::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return cannot_do("rename", from);
  return sync_to_disk(fs::absolute(to).parent_path());
}

// The copy takes its name only when it is good: what is half done is removed.
struct Unfinished {
  fs::path path;
  ~Unfinished() {
    std::error_code gone;
    fs::remove(path, gone);
  }
};

std::vector<std::string> backups_in(const fs::path& directory) {
  std::vector<std::string> names;
  std::error_code failed;
  for (fs::directory_iterator at(directory, failed), end; !failed && at != end;
       at.increment(failed)) {
    auto name = at->path().filename().string();
    if (backup_time(name)) names.push_back(std::move(name));
  }
  return names;
}

std::string first_word_against(sqlite::Connection& copy) {
  auto run = copy.statement("pragma integrity_check(1)").run();
  if (!run.next()) return "it cannot be checked";
  return run.text(0) == "ok" ? "" : run.string(0);
}

// A copy leaves out what is damaged, and would push out the copies that still have it.
void require_whole(const fs::path& store) {
  sqlite::Connection source(store.string(), {sqlite::Connection::Access::read_only, kBusy});
  const auto broken = first_word_against(source);
  if (broken.empty()) return;
  throw Failure(ErrorCode::environment,
                fmt::format("the store {} is damaged, so no copy of it is made and those that are "
                            "there stay: {}; stop the daemon and put one back: wharf restore FILE",
                            store.string(), broken));
}

BackupFacts facts_of(sqlite::Connection& copy) {
  BackupFacts facts;
  facts.schema = copy.number("pragma user_version");
  facts.connections = copy.number("select count(*) from connection");
  facts.jobs = copy.number("select count(*) from job");
  facts.checkpoints = copy.number("select count(*) from checkpoint");
  return facts;
}

Result<void> copy_bytes(const fs::path& from, const fs::path& to) {
  const base::UniqueFd in(::open(from.c_str(), O_RDONLY | O_CLOEXEC));
  if (!in) return cannot_do("open", from);
  if (auto made = make_empty(to); !made) return made;
  const base::UniqueFd out(::open(to.c_str(), O_WRONLY | O_CLOEXEC));
  if (!out) return cannot_do("open", to);
  std::vector<char> buffer(1 << 20);
  while (true) {
    const auto size = ::read(in.get(), buffer.data(), buffer.size());
    if (size < 0) return cannot_do("read", from);
    if (size == 0) return {};
    for (ssize_t done = 0; done < size;) {
      const auto written =
          ::write(out.get(), buffer.data() + done, static_cast<std::size_t>(size - done));
      if (written < 0) return cannot_do("write", to);
      done += written;
    }
  }
}

// What stands in the former log goes into the former store: it would be played into the new one.
void empty_write_ahead_log(const fs::path& store) {
  if (!fs::exists(store)) return;
  try {
    sqlite::Connection former(store.string(), {sqlite::Connection::Access::read_write, kBusy});
    former.number("pragma wal_checkpoint(truncate)");
  } catch (const sqlite::SqliteError&) {
    // It is damaged, which may be why it is replaced: its log is kept beside it.
  }
}

Result<void> set_aside(const fs::path& path) {
  const fs::path aside = path.string() + ".replaced";
  std::error_code gone;
  fs::remove_all(aside, gone);
  if (::rename(path.c_str(), aside.c_str()) != 0 && errno != ENOENT)
    return cannot_do("set aside", path);
  return {};
}

}  // namespace

Result<BackupFacts> write_backup(const fs::path& store, const fs::path& to) {
  const Unfinished half{to.string() + ".tmp"};
  if (auto made = make_empty(half.path); !made) return made.error();
  try {
    sqlite::Connection source(store.string(), {sqlite::Connection::Access::read_only, kBusy});
    source.statement("vacuum into ?").execute(half.path.string());
  } catch (const sqlite::SqliteError& error) {
    return Error{ErrorCode::environment,
                 fmt::format("cannot copy the store to {}: {}", to.string(), error.what())};
  }
  auto facts = inspect_backup(half.path);
  if (!facts) return facts;
  if (auto synced = sync_to_disk(half.path); !synced) return synced.error();
  if (auto named = give_name(half.path, to); !named) return named.error();
  return facts;
}

Result<BackupFacts> inspect_backup(const fs::path& file) {
  const auto refuse = [&](std::string_view why) {
    return Error{ErrorCode::invalid_argument, fmt::format("{}: {}", file.string(), why)};
  };
  if (!fs::is_regular_file(file)) return refuse("there is no such file");
  try {
    sqlite::Connection copy(file.string(), {sqlite::Connection::Access::read_only, kBusy});
    if (copy.number("select count(*) from sqlite_master where name in "
                    "('meta', 'connection', 'job', 'checkpoint')") != 4)
      return refuse("this is no backup of Wharf");
    if (const auto broken = first_word_against(copy); !broken.empty())
      return refuse("it is damaged: " + broken);
    const auto facts = facts_of(copy);
    if (facts.schema > static_cast<std::int64_t>(database::migrations().size()))
      return refuse("it was made by a newer version of Wharf");
    return facts;
  } catch (const sqlite::SqliteError& error) {
    return refuse(error.what());
  }
}

Result<BackupFacts> restore_backup(const database::DataDirectory& directory, const fs::path& file) {
  auto facts = inspect_backup(file);
  if (!facts) return facts;
  const auto store = directory.database_file();
  const Unfinished half{store.string() + ".restoring"};
  if (auto copied = copy_bytes(file, half.path); !copied) return copied.error();
  if (auto again = inspect_backup(half.path); !again) return again;
  if (auto synced = sync_to_disk(half.path); !synced) return synced.error();

  empty_write_ahead_log(store);
  for (const auto* ending : {"-wal", "-shm"}) {
    if (auto aside = set_aside(store.string() + ending); !aside) return aside.error();
  }
  // A second name for the former store, so that at every moment there is one under the first.
  const fs::path former = store.string() + ".replaced";
  std::error_code gone;
  fs::remove(former, gone);
  if (::link(store.c_str(), former.c_str()) != 0 && errno != ENOENT)
    return cannot_do("set aside", store);
  if (auto named = give_name(half.path, store); !named) return named.error();
  // Logs of jobs that the restored store will give the numbers of again.
  if (auto aside = set_aside(directory.logs()); !aside) return aside.error();
  return facts;
}

std::string backup_name(base::WallTime time) {
  auto text = base::to_iso(time).substr(0, 19) + "Z";
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return fmt::format("{}{}{}", kPrefix, text, kEnding);
}

std::optional<base::WallTime> backup_time(std::string_view name) {
  constexpr std::string_view kForm = "00000000T000000Z";
  if (name.size() != kPrefix.size() + kForm.size() + kEnding.size()) return {};
  if (!name.starts_with(kPrefix) || !name.ends_with(kEnding)) return {};
  const auto text = name.substr(kPrefix.size(), kForm.size());
  const auto number = [&](std::size_t from, std::size_t size) {
    int value = -1;
    std::from_chars(text.data() + from, text.data() + from + size, value);
    return value;
  };
  const std::chrono::year_month_day day{std::chrono::year(number(0, 4)),
                                        std::chrono::month(static_cast<unsigned>(number(4, 2))),
                                        std::chrono::day(static_cast<unsigned>(number(6, 2)))};
  if (!day.ok() || text[8] != 'T' || text[15] != 'Z') return {};
  return std::chrono::sys_days(day) + std::chrono::hours(number(9, 2)) +
         std::chrono::minutes(number(11, 2)) + std::chrono::seconds(number(13, 2));
}

bool backup_due(const std::vector<base::WallTime>& times, const BackupPlan& plan,
                base::WallTime now) {
  if (plan.every.count() <= 0 || plan.keep <= 0) return false;
  return std::none_of(times.begin(), times.end(), [&](base::WallTime time) {
    return now - time < plan.every && time - now < plan.every;
  });
}

std::vector<std::string> backups_to_remove(std::vector<std::string> names, int keep) {
  std::sort(names.begin(), names.end(), std::greater<>());
  if (names.size() <= static_cast<std::size_t>(keep)) return {};
  names.erase(names.begin(), names.begin() + keep);
  return names;
}

std::optional<base::WallTime> BackupKeeper::newest(const fs::path& directory) {
  const auto names = backups_in(directory);
  if (names.empty()) return std::nullopt;
  return backup_time(*std::max_element(names.begin(), names.end()));
}

void BackupKeeper::keep() {
  std::vector<base::WallTime> times;
  for (const auto& name : backups_in(directory_)) times.push_back(*backup_time(name));
  const auto now = clock_.wall();
  if (!backup_due(times, plan_, now)) return;
  require_whole(store_);
  ::mkdir(directory_.c_str(), 0700);  // if it fails, so does what follows, by name
  const auto name = backup_name(now);
  write_backup(store_, directory_ / name).value();
  log_.info("backup written", {{"file", (directory_ / name).string()}});
  for (const auto& old : backups_to_remove(backups_in(directory_), plan_.keep)) {
    fs::remove(directory_ / old);
  }
}

}  // namespace wharf::chores

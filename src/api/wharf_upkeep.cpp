#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <mutex>
#include <nlohmann/json.hpp>

#include "api/problem.h"
#include "api/wharf_job_id.h"
#include "api/wharf_routes.h"
#include "api/wharf_views.h"
#include "base/log.h"
#include "base/unique_fd.h"
#include "base/uuid.h"
#include "chores/backup.h"
#include "chores/doctor.h"
#include "job/event_table.h"

namespace wharf::api {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kBackupPiece = 256 << 10;

Response list_events(const Instance& instance, const Request& request) {
  const auto most = number_of_query(request, "limit").value_or(50);
  const auto events = instance.database.read(
      [&](sqlite::Connection& store) { return job::event_table::newest(store, most); });
  Json all = Json::array();
  for (const auto& event : events) {
    Json one{{"kind", event.kind}};
    if (event.connection) one["connectionId"] = event.connection->value;
    if (event.job) one["jobId"] = event.job->value;
    one["detail"] = event.detail;
    one["at"] = base::to_iso(event.at);
    all.push_back(std::move(one));
  }
  return wharf_response({{"events", all}});
}

// A copy that nobody else sees: its name is gone once it is open.
base::UniqueFd make_copy(const Instance& instance) {
  static std::mutex one_at_a_time;  // each takes as much disk as the store
  const std::unique_lock only(one_at_a_time, std::try_to_lock);
  if (!only.owns_lock()) throw Refused(service_unavailable("Another backup is being made."));
  const auto directory = instance.directory.path() / "backups";
  ::mkdir(directory.c_str(), 0700);  // if it fails, so does what follows, by name
  const auto path = directory / (".download-" + base::random_uuid());
  chores::write_backup(instance.directory.database_file(), path).value();
  base::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::error_code gone;
  std::filesystem::remove(path, gone);
  if (!file) throw Failure(ErrorCode::environment, "the copy cannot be opened");
  return file;
}

Piece next_piece(int file) {
  Piece piece{std::string(kBackupPiece, '\0'), Piece::Then::more};
  const auto size = ::read(file, piece.text.data(), piece.text.size());
  if (size < 0) throw Failure(ErrorCode::environment, "the copy cannot be read");
  piece.text.resize(static_cast<std::size_t>(size));
  if (size == 0) piece.then = Piece::Then::end;
  return piece;
}

Response download_backup(const Instance& instance) {
  auto file = std::make_shared<base::UniqueFd>(make_copy(instance));
  Response response;
  response.content_type = "application/vnd.sqlite3";
  response.headers = {{"Content-Disposition",
                       "attachment; filename=" + chores::backup_name(instance.clock.wall())}};
  response.pieces.emplace();
  response.pieces->next = [file] { return next_piece(file->get()); };
  return response;
}

Response examine(const Instance& instance) {
  const auto& directory = instance.directory.path();
  chores::Findings findings{{"daemon", chores::Verdict::ok,
                             "version " + instance.version + ", listening on " + instance.socket,
                             ""}};
  const auto add = [&](chores::Findings more) {
    for (auto& finding : more) findings.push_back(std::move(finding));
  };
  add(chores::examine_directory(directory, instance.least_free));
  if (const auto hold = instance.hold()) {
    findings.push_back({"syncs", chores::Verdict::problem, "new syncs wait: " + hold->reason,
                        "they go on by themselves when there is space"});
  }
  if (const auto stale = instance.stale_declarations()) {
    findings.push_back({"declarations", chores::Verdict::problem,
                        "older ones are in force, the files have problems: " + stale->problems,
                        "mend them, then: systemctl reload wharf, or kill -HUP"});
  }
  add(chores::examine_backups(directory, instance.backup_every, instance.clock.wall()));
  add(chores::examine_chores(instance.chores()));
  add(chores::examine_store(instance.database, instance.least_free));
  Json all = Json::array();
  for (const auto& finding : findings) {
    Json one{{"subject", finding.subject},
             {"verdict", chores::name_of(finding.verdict)},
             {"said", finding.said}};
    if (!finding.advice.empty()) one["advice"] = finding.advice;
    all.push_back(std::move(one));
  }
  return wharf_response({{"findings", all}});
}

}  // namespace

void add_upkeep_routes(Router& router, const Instance& instance) {
  const auto base = Base::wharf_api;
  router.add(base, Method::get, "/events", Access::read,
             [&instance](const Request& request) { return list_events(instance, request); });
  router.add(base, Method::get, "/backup", Access::administer,
             [&instance](const Request&) { return download_backup(instance); });
  router.add(base, Method::get, "/doctor", Access::read,
             [&instance](const Request&) { return examine(instance); });
}

void add_wharf_routes(Router& router, const Instance& instance) {
  add_status_routes(router, instance);
  add_wharf_job_routes(router, instance);
  add_log_routes(router, instance);
  add_state_routes(router, instance);
  add_upkeep_routes(router, instance);
  add_declaration_routes(router, instance);
}

}  // namespace wharf::api

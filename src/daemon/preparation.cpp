#include "daemon/preparation.h"

#include "base/step.h"
#include "base/uuid.h"
#include "checkpoint/state_edit.h"
#include "connection/catalog_check.h"
#include "connection/catalog_merge.h"
#include "connection/connection_table.h"
#include "connection/provenance_table.h"
#include "declaration/declared_id.h"
#include "job/job_steps.h"
#include "job/job_table.h"
#include "replication/await.h"
#include "schedule/schedule_form.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

namespace wharf::daemon {
namespace {

using boost::asio::awaitable;
using declaration::declared_id;
using declaration::Problem;
using Forced = workload::TransportFacts::Forced;

connection::Mode mode_of(Forced forced) {
  switch (forced) {
    case Forced::socket:
      return connection::Mode::socket;
    case Forced::stdio:
      return connection::Mode::stdio;
    case Forced::automatic:
      break;
  }
  return connection::Mode::automatic;
}

// Everything that makes a later run another job; what the references stand for is not part of it.
std::string hash_of(const declaration::Connection& connection, const Endpoint& source,
                    const Endpoint& destination) {
  nlohmann::json streams = nlohmann::json::array();
  for (const auto& choice : connection.streams) {
    streams.push_back({choice.name, choice.name_space.value_or(""), choice.sync_mode,
                       choice.cursor_field, choice.primary_key, choice.selected_fields});
  }
  const nlohmann::json all = {connection.source,
                              connection.destination,
                              definition::identity(source.respondent.definition),
                              source.stored_config,
                              definition::identity(destination.respondent.definition),
                              destination.stored_config,
                              protocol::to_json(connection.names),
                              std::move(streams)};
  return base::fingerprint(all.dump());
}

}  // namespace

Preparation::Preparation(const PreparationServices& services,
                         const declaration::Declaration& declaration,
                         const declaration::Connection& connection)
    : services_(services),
      declaration_(declaration),
      declared_(connection),
      source_(services_, *declaration.source(connection.source), definition::Kind::source),
      destination_(services_, *declaration.destination(connection.destination),
                   definition::Kind::destination) {}

awaitable<Result<Prepared>> Preparation::prepare() {
  if (auto made = make_endpoints(); !made) co_return std::move(made).error();
  auto checked = co_await check_configurations();
  if (!checked) co_return std::move(checked).error();
  identify();
  if (!resumes_) {
    auto chosen = co_await choose_streams();
    if (!chosen) co_return std::move(chosen).error();
  }
  co_return co_await store_with_job();
}

awaitable<Result<void>> Preparation::make_ready() {
  if (auto made = make_endpoints(); !made) co_return made;
  auto checked = co_await check_configurations();
  if (!checked) co_return checked;
  identify();
  if (known_ && known_->config_hash == hash_) co_return Result<void>();
  co_return co_await choose_streams();
}

awaitable<Result<Deployed>> Preparation::deploy() {
  if (auto made = make_endpoints(); !made) co_return std::move(made).error();
  identify();
  if (same_as_before()) co_return Deployed{id_, false, {}};
  if (!known_ || known_->config_hash != hash_) {
    auto checked = co_await check_configurations();
    if (!checked) co_return std::move(checked).error();
    auto chosen = co_await choose_streams();
    if (!chosen) co_return std::move(chosen).error();
  }
  source_.recall_schema();
  destination_.recall_schema();
  for (const auto* end : {&source_, &destination_}) {
    if (auto exposed = end->exposure()) notices_.push_back(std::move(*exposed));
  }
  auto put_all = [&](sqlite::Transaction& transaction) -> Result<void> {
    const auto now = services_.clock.wall();
    if (auto over = end_former_job(transaction, now); !over) return over;
    return put(transaction, now);
  };
  auto stored = co_await replication::in_database(services_.database, put_all);
  if (!stored) co_return std::move(stored).error();
  base::after_step("connection_deployed");
  co_return Deployed{id_, true, std::move(notices_)};
}

Result<void> Preparation::end_former_job(sqlite::Transaction& transaction,
                                         base::WallTime now) const {
  const auto active = job::job_table::active(transaction, id_);
  if (!active || active->config.config_hash == hash_) return {};
  if (active->status == job::JobStatus::running) {
    return Error{ErrorCode::conflict, "a sync of it is running: it counts when that has ended"};
  }
  return job::job_steps::cancel(transaction, active->id, "its declaration has changed", now);
}

Result<void> Preparation::make_endpoints() {
  if (auto made = source_.make(); !made) return made;
  return destination_.make();
}

awaitable<Result<void>> Preparation::check_configurations() {
  auto problems = co_await source_.check();
  if (!problems) co_return std::move(problems).error();
  auto more = co_await destination_.check();
  if (!more) co_return std::move(more).error();
  problems->insert(problems->end(), more->begin(), more->end());
  if (!problems->empty()) co_return as_error(*problems);
  co_return Result<void>();
}

// Which connection of the store this is, and whether a job of it goes on.
void Preparation::identify() {
  hash_ = hash_of(declared_, source_.endpoint(), destination_.endpoint());
  services_.database.read([&](sqlite::Connection& store) {
    known_ = find_known(store);
    const auto usual =
        declared_.id.empty() ? declared_id("connection", declared_.name) : declared_.id;
    id_ = known_ ? known_->id : base::ConnectionId(usual);
    if (!known_) {
      note_rename(connection::connection_table::names_between(
          store, base::SourceId(source_.id()), base::DestinationId(destination_.id())));
    }
    ends_stand_ = source_.resources_stand(store) && destination_.resources_stand(store);
    const auto job = job::job_table::active(store, id_);
    resumes_ = job && job->config.config_hash == hash_;
    if (resumes_) config_ = job->config;
  });
  if (!resumes_ && known_) {
    config_ = {known_->config_hash, known_->catalog, known_->resumable_full_refresh,
               known_->settings};
  }
}

std::optional<connection::Connection> Preparation::find_known(sqlite::Connection& store) const {
  namespace table = connection::connection_table;
  if (!declared_.id.empty()) return table::get(store, base::ConnectionId(declared_.id));
  auto known = table::find_declared(store, declared_.name);
  if (!known && !declared_.previous_name.empty()) {
    known = table::find_declared(store, declared_.previous_name);
  }
  return known;
}

// What it moves is as it was, and so are the things that need no connector to be asked.
bool Preparation::same_as_before() const {
  return known_ && known_->config_hash == hash_ && known_->name == declared_.name &&
         known_->status == status() && known_->mode == mode_of(declared_.mode) &&
         known_->schedule == schedule_text() && known_->resources == declared_.resources &&
         ends_stand_ && known_->managed_by == services_.managed_by;
}

connection::ConnectionStatus Preparation::status() const {
  using Status = connection::ConnectionStatus;
  // The daemon's own word against it stands until something else is declared.
  if (known_ && !known_->inactive_reason.empty() && known_->config_hash == hash_) {
    return Status::inactive;
  }
  return declared_.active ? Status::active : Status::inactive;
}

std::string Preparation::schedule_text() const {
  return schedule::to_json(declared_.schedule).dump();
}

// `stored`: the names of connections between the same two ends.
void Preparation::note_rename(const std::vector<std::string>& stored) {
  for (const auto& other : stored) {
    const bool declared_still =
        std::any_of(declaration_.connections.begin(), declaration_.connections.end(),
                    [&](const auto& each) { return each.name == other; });
    if (declared_still) continue;
    notices_.push_back(fmt::format(
        "connection '{}' is a new one; if it is '{}' renamed, say so with previous_name: {}",
        declared_.name, other, other));
  }
}

awaitable<Result<void>> Preparation::choose_streams() {
  auto catalog = co_await services_.inquiry.discover(source_.endpoint().respondent,
                                                     source_.endpoint().resolved_config, false);
  if (!catalog) co_return source_.cleared(std::move(catalog).error());
  auto merged = connection::merge_catalog(*catalog, declared_.streams, destination_.modes());
  std::vector<Problem> problems;
  for (const auto& problem : merged.problems) {
    declaration::Place place = declared_.place;
    if (problem.choice < declared_.stream_lines.size()) {
      place.line = declared_.stream_lines[problem.choice];
    }
    problems.push_back(
        {place, fmt::format("connection '{}': {}", declared_.name, problem.message)});
  }
  note_meetings(merged.catalog, problems);
  if (const auto problem = connection::too_many_fields(merged.catalog)) {
    problems.push_back(
        {declared_.place, fmt::format("connection '{}': {}", declared_.name, *problem)});
  }
  if (!problems.empty()) co_return as_error(problems);
  config_.config_hash = hash_;
  config_.catalog = std::move(merged.catalog);
  const auto& source = source_.endpoint().respondent.definition;
  const auto& destination = destination_.endpoint().respondent.definition;
  config_.resumable_full_refresh =
      (source.is_builtin() || source.resumable_full_refresh) && destination.supports_refreshes;
  config_.settings = connection::with_names(
      connection::settings_of(declared_.streams, config_.catalog), declared_.names);
  co_return Result<void>();
}

// Two streams that would land in one place.
void Preparation::note_meetings(const protocol::ConfiguredCatalog& catalog,
                                std::vector<Problem>& problems) {
  for (const auto& meeting : connection::meetings(catalog, declared_.names)) {
    problems.push_back({declared_.place,
                        fmt::format("connection '{}': streams '{}' and '{}' would both become "
                                    "'{}' in the destination; give them apart with namespace:",
                                    declared_.name, meeting.first, meeting.second, meeting.place)});
  }
}

awaitable<Result<Prepared>> Preparation::store_with_job() {
  auto put_all = [&](sqlite::Transaction& transaction) -> Result<base::JobId> {
    const auto now = services_.clock.wall();
    if (auto stored = put(transaction, now); !stored) return std::move(stored).error();
    const job::Wish wish{id_, job::Trigger::manual, config_};
    return job::job_steps::enqueue_or_resume(transaction, wish, now);
  };
  auto job = co_await replication::in_database(services_.database, put_all);
  if (!job) co_return std::move(job).error();
  co_return Prepared{id_, *job, std::move(notices_)};
}

// Whoever changed it between our look at it and this is not overruled unseen.
Result<void> Preparation::require_unchanged(sqlite::Connection& store) const {
  const auto present = connection::connection_table::get(store, id_);
  const bool same = present.has_value() == known_.has_value() &&
                    (!present || (present->config_hash == known_->config_hash &&
                                  present->status == known_->status &&
                                  present->managed_by == known_->managed_by));
  if (same) return {};
  return Error{ErrorCode::conflict,
               fmt::format("connection '{}' was changed by somebody else at the same moment",
                           declared_.name)};
}

Result<void> Preparation::put(sqlite::Transaction& transaction, base::WallTime now) const {
  if (auto same = require_unchanged(transaction); !same) return same;
  if (auto stored = source_.put(transaction, now); !stored) return stored;
  if (auto stored = destination_.put(transaction, now); !stored) return stored;
  const auto row = this->row();
  connection::forget_changed_modes(transaction, row);
  connection::connection_table::put(transaction, row, now);
  if (!known_ || !services_.managed_by.empty()) {
    connection::provenance_table::note(transaction, connection::Thing::connection, id_.value,
                                       std::filesystem::absolute(declared_.place.file).string());
  }
  return restore_state(transaction, now);
}

connection::Connection Preparation::row() const {
  connection::Connection row;
  row.id = id_;
  row.name = declared_.name;
  row.source = base::SourceId(source_.id());
  row.destination = base::DestinationId(destination_.id());
  row.status = status();
  row.catalog = config_.catalog;
  row.mapping = declared_.names;
  row.mode = mode_of(declared_.mode);
  row.resources = declared_.resources;
  if (known_) row.managed_by = known_->managed_by;
  if (!services_.managed_by.empty()) row.managed_by = services_.managed_by;
  row.schedule = schedule_text();
  row.config_hash = hash_;
  row.settings = config_.settings;
  row.resumable_full_refresh = config_.resumable_full_refresh;
  return row;
}

bool Preparation::has_state(sqlite::Connection& store) const {
  return !checkpoint::checkpoint_table::load(store, id_).empty() ||
         !checkpoint::generation_table::all(store, id_).empty();
}

// A connection that has been somewhere already goes on from there, whatever a file remembers.
Result<void> Preparation::restore_state(sqlite::Transaction& transaction,
                                        base::WallTime now) const {
  const auto& state = declared_.state;
  if (!state || has_state(transaction)) return {};
  return checkpoint::restore(transaction, id_, state->checkpoints, state->counters, now);
}

awaitable<Result<Prepared>> prepare(PreparationServices services,
                                    const declaration::Declaration& declaration,
                                    const declaration::Connection& connection) {
  Preparation preparation(services, declaration, connection);
  co_return co_await preparation.prepare();
}

awaitable<Result<Deployed>> deploy(PreparationServices services,
                                   const declaration::Declaration& declaration,
                                   const declaration::Connection& connection) {
  Preparation preparation(services, declaration, connection);
  co_return co_await preparation.deploy();
}

}  // namespace wharf::daemon

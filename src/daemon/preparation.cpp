#include "daemon/preparation.h"

#include "base/step.h"
#include "base/uuid.h"
#include "connection/catalog_check.h"
#include "connection/catalog_merge.h"
#include "connection/connection_table.h"
#include "connection/destination_table.h"
#include "connection/sealing.h"
#include "connection/source_table.h"
#include "definition/definition_table.h"
#include "job/job_steps.h"
#include "job/job_table.h"
#include "replication/await.h"
#include "schedule/schedule_form.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace wharf::daemon {
namespace {

using boost::asio::awaitable;
using declaration::Problem;
using Forced = workload::TransportFacts::Forced;

std::string id_of(std::string_view kind, const std::string& name) {
  return base::uuid_of_name(base::kWharfSpace, fmt::format("{}/{}", kind, name));
}

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

// One connection on its way into the store.
class Preparation {
 public:
  Preparation(PreparationServices services, const declaration::Declaration& declaration,
              const declaration::Connection& connection)
      : services_(std::move(services)), declaration_(declaration), declared_(connection) {}

  awaitable<Result<Prepared>> run() {
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

  awaitable<Result<Deployed>> deploy() {
    if (auto made = make_endpoints(); !made) co_return std::move(made).error();
    identify();
    if (same_as_before()) co_return Deployed{id_, false, {}};
    if (!known_ || known_->config_hash != hash_) {
      auto checked = co_await check_configurations();
      if (!checked) co_return std::move(checked).error();
      auto chosen = co_await choose_streams();
      if (!chosen) co_return std::move(chosen).error();
    }
    recall_schemas();
    auto put = [&](sqlite::Transaction& transaction) -> Result<void> {
      const auto now = services_.clock.wall();
      if (auto over = end_former_job(transaction, now); !over) return over;
      put_rows(transaction, now);
      return {};
    };
    auto stored = co_await replication::in_database(services_.database, put);
    if (!stored) co_return std::move(stored).error();
    base::after_step("connection_deployed");
    co_return Deployed{id_, true, std::move(notices_)};
  }

  // A job of what was declared before: one that waits for its next attempt has lost its sense, a
  // running one is let to its end.
  Result<void> end_former_job(sqlite::Transaction& transaction, base::WallTime now) const {
    const auto active = job::job_table::active(transaction, id_);
    if (!active || active->config.config_hash == hash_) return {};
    if (active->status == job::JobStatus::running) {
      return Error{ErrorCode::conflict, "a sync of it is running: it counts when that has ended"};
    }
    return job::job_steps::cancel(transaction, active->id, "its declaration has changed", now);
  }

 private:
  Result<void> make_endpoints() {
    auto source = make_endpoint(*declaration_.source(declared_.source), definition::Kind::source,
                                services_.environment);
    if (!source) return std::move(source).error();
    auto destination = make_endpoint(*declaration_.destination(declared_.destination),
                                     definition::Kind::destination, services_.environment);
    if (!destination) return std::move(destination).error();
    source_.emplace(std::move(*source));
    destination_.emplace(std::move(*destination));
    return {};
  }

  awaitable<Result<void>> check_configurations() {
    std::vector<Problem> problems;
    auto source_spec = co_await services_.inquiry.spec(source_->respondent);
    if (!source_spec) co_return std::move(source_spec).error();
    auto destination_spec = co_await services_.inquiry.spec(destination_->respondent);
    if (!destination_spec) co_return std::move(destination_spec).error();
    for (auto& problem : violations(*source_, *source_spec)) problems.push_back(problem);
    for (auto& problem : violations(*destination_, *destination_spec)) problems.push_back(problem);
    destination_modes_ = destination_spec->supported_destination_sync_modes;
    source_->schema = source_spec->connection_specification;
    destination_->schema = destination_spec->connection_specification;
    if (!problems.empty()) co_return as_error(problems);
    co_return Result<void>();
  }

  // Which connection of the store this is, and whether a job of it goes on.
  void identify() {
    hash_ = hash_of(declared_, *source_, *destination_);
    services_.database.read([&](sqlite::Connection& store) {
      namespace table = connection::connection_table;
      known_ = table::find_declared(store, declared_.name);
      if (!known_ && !declared_.previous_name.empty()) {
        known_ = table::find_declared(store, declared_.previous_name);
      }
      id_ = known_ ? known_->id : base::ConnectionId(id_of("connection", declared_.name));
      if (!known_) {
        note_rename(
            table::names_between(store, base::SourceId(id_of("source", declared_.source)),
                                 base::DestinationId(id_of("destination", declared_.destination))));
      }
      const auto job = job::job_table::active(store, id_);
      resumes_ = job && job->config.config_hash == hash_;
      if (resumes_) config_ = job->config;
    });
    if (!resumes_ && known_) {
      config_ = {known_->config_hash, known_->catalog, known_->resumable_full_refresh,
                 known_->settings};
    }
  }

  // What it moves is as it was, and so are the things that need no connector to be asked.
  bool same_as_before() const {
    return known_ && known_->config_hash == hash_ && known_->name == declared_.name &&
           known_->status == status() && known_->mode == mode_of(declared_.mode) &&
           known_->schedule == schedule_text();
  }

  connection::ConnectionStatus status() const {
    using Status = connection::ConnectionStatus;
    // The daemon's own word against it stands until something else is declared.
    if (known_ && !known_->inactive_reason.empty() && known_->config_hash == hash_) {
      return Status::inactive;
    }
    return declared_.active ? Status::active : Status::inactive;
  }

  std::string schedule_text() const { return schedule::to_json(declared_.schedule).dump(); }

  // `stored`: the names of connections between the same two ends.
  void note_rename(const std::vector<std::string>& stored) {
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

  awaitable<Result<void>> choose_streams() {
    auto catalog =
        co_await services_.inquiry.discover(source_->respondent, source_->resolved_config, false);
    if (!catalog) co_return std::move(catalog).error();
    auto merged = connection::merge_catalog(*catalog, declared_.streams, destination_modes_);
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
    if (!problems.empty()) co_return as_error(problems);
    config_.config_hash = hash_;
    config_.catalog = std::move(merged.catalog);
    const auto& source = source_->respondent.definition;
    const auto& destination = destination_->respondent.definition;
    config_.resumable_full_refresh =
        (source.is_builtin() || source.resumable_full_refresh) && destination.supports_refreshes;
    config_.settings = connection::settings_of(declared_.streams, config_.catalog);
    co_return Result<void>();
  }

  // Two streams that would land in one place.
  void note_meetings(const protocol::ConfiguredCatalog& catalog, std::vector<Problem>& problems) {
    for (const auto& meeting : connection::meetings(catalog, declared_.names)) {
      problems.push_back(
          {declared_.place,
           fmt::format("connection '{}': streams '{}' and '{}' would both become "
                       "'{}' in the destination; give them apart with namespace:",
                       declared_.name, meeting.first, meeting.second, meeting.place)});
    }
  }

  awaitable<Result<Prepared>> store_with_job() {
    auto put = [&](sqlite::Transaction& transaction) -> Result<base::JobId> {
      const auto now = services_.clock.wall();
      put_rows(transaction, now);
      const job::Wish wish{id_, job::Trigger::manual, config_};
      return job::job_steps::enqueue_or_resume(transaction, wish, now);
    };
    auto job = co_await replication::in_database(services_.database, put);
    if (!job) co_return std::move(job).error();
    co_return Prepared{id_, *job, std::move(notices_)};
  }

  void put_rows(sqlite::Transaction& transaction, base::WallTime now) const {
    connection::Source source;
    source.id = base::SourceId(id_of("source", declared_.source));
    source.definition = source_->respondent.definition.id;
    source.name = declared_.source;
    connection::Destination destination;
    destination.id = base::DestinationId(id_of("destination", declared_.destination));
    destination.definition = destination_->respondent.definition.id;
    destination.name = declared_.destination;
    seal(transaction, *source_, source, connection::source_table::get(transaction, source.id));
    seal(transaction, *destination_, destination,
         connection::destination_table::get(transaction, destination.id));
    connection::Connection row;
    row.id = id_;
    row.name = declared_.name;
    row.source = source.id;
    row.destination = destination.id;
    row.status = status();
    row.catalog = config_.catalog;
    row.mapping = declared_.names;
    row.mode = mode_of(declared_.mode);
    row.schedule = schedule_text();
    row.config_hash = hash_;
    row.settings = config_.settings;
    row.resumable_full_refresh = config_.resumable_full_refresh;
    definition::definition_table::put(transaction, source_->respondent.definition);
    definition::definition_table::put(transaction, destination_->respondent.definition);
    connection::source_table::put(transaction, source, now);
    connection::destination_table::put(transaction, destination, now);
    connection::forget_changed_modes(transaction, row);
    connection::connection_table::put(transaction, row, now);
  }

  // A secret that stands in the file itself goes to the vault. `Row`: a Source or a Destination.
  template <class Row>
  void seal(sqlite::Transaction& transaction, const Endpoint& endpoint, Row& row,
            const std::optional<Row>& present) const {
    auto former = connection::stored_configuration(present ? *present : row);
    former.is_declared = true;
    row.config = connection::seal_configuration(transaction, services_.vault, former,
                                                endpoint.stored_config, endpoint.schema);
  }

  // Of connectors that need not be asked again what they said before.
  void recall_schemas() {
    for (auto* endpoint : {&*source_, &*destination_}) {
      if (!endpoint->schema.empty()) continue;
      if (const auto spec = services_.inquiry.known_spec(endpoint->respondent.definition))
        endpoint->schema = spec->connection_specification;
    }
  }

  const PreparationServices services_;
  const declaration::Declaration& declaration_;
  const declaration::Connection& declared_;
  std::optional<Endpoint> source_;
  std::optional<Endpoint> destination_;
  std::vector<protocol::DestinationSyncMode> destination_modes_;
  std::string hash_;
  base::ConnectionId id_;
  std::optional<connection::Connection> known_;  // as the store has it
  bool resumes_ = false;
  job::JobConfig config_;
  std::vector<std::string> notices_;
};

}  // namespace

awaitable<Result<Prepared>> prepare(PreparationServices services,
                                    const declaration::Declaration& declaration,
                                    const declaration::Connection& connection) {
  Preparation preparation(std::move(services), declaration, connection);
  co_return co_await preparation.run();
}

awaitable<Result<Deployed>> deploy(PreparationServices services,
                                   const declaration::Declaration& declaration,
                                   const declaration::Connection& connection) {
  Preparation preparation(std::move(services), declaration, connection);
  co_return co_await preparation.deploy();
}

}  // namespace wharf::daemon

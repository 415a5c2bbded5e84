#include "replication/order.h"

#include "connection/catalog_check.h"
#include "connection/connection_table.h"
#include "connection/destination_table.h"
#include "connection/source_table.h"
#include "definition/resources.h"
#include "job/job_table.h"
#include "operation/stored_end.h"

#include <fmt/format.h>

namespace wharf::replication {
namespace {

constexpr std::string_view kEmptySource = "source-empty";

Error missing(std::string_view what, std::string_view id) {
  return Error{ErrorCode::not_found, fmt::format("{} {} is not in the store", what, id)};
}

// What a clear reads from: every stream it is asked for is there, and is empty.
workload::End empty_source(std::string name) {
  definition::Definition definition;
  definition.name = kEmptySource;
  definition.program = definition::Builtin{std::string(kEmptySource)};
  return {std::move(definition), std::move(name), "{}"};
}

// A first attempt trusts a sync that succeeded, whatever clears came between, and every attempt one
// that moved rows (components 1.4). An end by our own restart says nothing of the connectors.
bool is_doubtful(sqlite::Connection& store, const job::ClaimedJob& claimed) {
  if (claimed.attempt.number > 0) return claimed.job.retries.complete_successive > 0;
  return job::job_table::sync_before(store, claimed.job) != job::JobStatus::succeeded;
}

std::vector<operation::StoredQuestion> checks_before(sqlite::Connection& store,
                                                     const job::ClaimedJob& claimed,
                                                     const connection::Connection& connection) {
  using definition::Kind;
  using definition::Question;
  std::vector<operation::StoredQuestion> checks;
  if (!is_doubtful(store, claimed)) return checks;
  if (claimed.job.kind != job::JobKind::clear) {
    checks.push_back({Question::check, Kind::source, connection.source.value, claimed.attempt});
  }
  checks.push_back(
      {Question::check, Kind::destination, connection.destination.value, claimed.attempt});
  return checks;
}

// What its containers may use: its connection's word, its own for syncs, its definition's.
void allot(const definition::Resources& of_connection, workload::End& end) {
  const auto own = definition::of_job(end.resources, definition::kSyncJob);
  end.definition =
      definition::with_resources(std::move(end.definition), definition::over(of_connection, own));
}

}  // namespace

bool is_called_off(sqlite::Connection& store, const job::Job& job) {
  if (job.kind == job::JobKind::clear) return false;
  const auto timing = connection::connection_table::timing(store, job.connection);
  return timing && timing->status != connection::ConnectionStatus::active;
}

Error called_off() {
  return Error{ErrorCode::cancelled, "its connection is inactive"};
}

Result<AttemptOrder> make_order(sqlite::Connection& store, const secret::Vault& vault,
                                job::ClaimedJob claimed,
                                const connection::Environment& environment) {
  AttemptOrder order;
  auto connection = connection::connection_table::get(store, claimed.job.connection);
  if (!connection) return missing("connection", claimed.job.connection.value);
  auto source = connection::source_table::get(store, connection->source);
  if (!source) return missing("source", connection->source.value);
  auto destination = connection::destination_table::get(store, connection->destination);
  if (!destination) return missing("destination", connection->destination.value);

  const bool clears = claimed.job.kind == job::JobKind::clear;
  auto from = clears ? Result<workload::End>(empty_source(source->name))
                     : operation::stored_end(store, *source, vault, environment, order.secrets);
  if (!from) return std::move(from).error();
  auto to = operation::stored_end(store, *destination, vault, environment, order.secrets);
  if (!to) return std::move(to).error();
  allot(connection->resources.source, *from);
  allot(connection->resources.destination, *to);
  order.mode = clears ? connection::Mode::stdio : connection->mode;
  order.input.connection = connection->id;
  order.input.source = std::move(*from);
  order.input.destination = std::move(*to);
  order.input.names =
      connection::names_of(claimed.job.config.settings).value_or(connection->mapping);
  order.environment = environment;
  order.checks = checks_before(store, claimed, *connection);
  order.input.claimed = std::move(claimed);
  return order;
}

}  // namespace wharf::replication

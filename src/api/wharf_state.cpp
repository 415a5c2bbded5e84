#include <fmt/format.h>

#include "api/problem.h"
#include "api/wharf_routes.h"
#include "api/wharf_views.h"
#include "base/text.h"
#include "checkpoint/checkpoint_table.h"
#include "checkpoint/state_edit.h"
#include "connection/stream_names.h"
#include "job/job_table.h"

namespace wharf::api {
namespace {

Response show_state(const Instance& instance, const Request& request) {
  const auto state = instance.database.read([&](sqlite::Connection& store) {
    return checkpoint::checkpoint_table::load(store, connection_meant(store, request).id);
  });
  return json_response(state.empty() ? "[]" : protocol::to_json(state));
}

// What a sync reads and writes is not changed under its hands.
connection::Connection idle_connection(sqlite::Transaction& transaction, const Request& request) {
  auto connection = connection_meant(transaction, request);
  const auto active = job::job_table::active(transaction, connection.id);
  if (active && active->status == job::JobStatus::running) {
    throw Refused(state_conflict(
        fmt::format("job {} of connection '{}' is running: its state can be changed when it has "
                    "ended",
                    active->id.value, connection.name)));
  }
  return connection;
}

Response set_states(const Instance& instance, const Request& request) {
  const auto state = protocol::parse_start_state(request.body);
  if (!state) throw Refused(bad_request("This is no state: " + state.error().message));
  // Anything else could not be told from a list of states when it is shown.
  if (state->legacy && !base::trim(*state->legacy).starts_with('{'))
    throw Refused(bad_request("This is no state: the data of a LEGACY state is an object."));
  auto done = instance.database.write([&](sqlite::Transaction& transaction) -> Result<void> {
    const auto connection = idle_connection(transaction, request);
    return checkpoint::set_state(transaction, connection.id, *state, instance.clock.wall());
  });
  if (!done) throw Refused(state_conflict(done.error().message));
  return show_state(instance, request);
}

Response clear_states(const Instance& instance, const Request& request) {
  const auto names = request.query.list("stream");
  instance.database.write([&](sqlite::Transaction& transaction) {
    const auto connection = idle_connection(transaction, request);
    const auto streams = connection::streams_named(connection, names);
    if (!streams) throw Refused(value_not_found(streams.error().message));
    checkpoint::clear_state(transaction, connection.id, *streams,
                            connection::streams_of(connection));
  });
  return show_state(instance, request);
}

}  // namespace

void add_state_routes(Router& router, const Instance& instance) {
  constexpr std::string_view kPath = "/connections/{connection}/state";
  router.add(Base::wharf_api, Method::get, kPath, Access::read,
             [&instance](const Request& request) { return show_state(instance, request); });
  router.add(Base::wharf_api, Method::put, kPath, Access::operate,
             [&instance](const Request& request) { return set_states(instance, request); });
  router.add(Base::wharf_api, Method::del, kPath, Access::operate,
             [&instance](const Request& request) { return clear_states(instance, request); });
}

}  // namespace wharf::api

#pragma once
// SQL of connection. One that is deleted is not there for any of these but a page that asks for it,
// though its jobs are; put brings it back.

#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "connection/connection.h"
#include "sqlite/transaction.h"

namespace wharf::connection::connection_table {

/// Adds it, or replaces what stands under its id.
void put(sqlite::Transaction& transaction, const Connection& connection, base::WallTime now);
std::optional<Connection> get(sqlite::Connection& connection, const base::ConnectionId& id);
std::optional<Connection> find_by_name(sqlite::Connection& connection, std::string_view name);
/// Only what comes from a declaration, the daemon's own files first: those that come by REST may
/// bear any name.
std::optional<Connection> find_declared(sqlite::Connection& connection, std::string_view name);
/// Ordered by name.
std::vector<Connection> all(sqlite::Connection& connection);

/// Which are asked for. A connection stands in the workspace of its source.
struct Asked {
  std::string usual_workspace;                   ///< of those that name none
  std::optional<protocol::JsonText> workspaces;  ///< an array of ids; none: all
  bool deleted_too = false;
};
/// A connection as a list shows it: without its catalog, which is long.
struct Listed {
  base::ConnectionId id;
  std::string name;
  base::SourceId source;
  base::DestinationId destination;
  std::optional<std::string> workspace;
  ConnectionStatus status = ConnectionStatus::active;
  bool is_deleted = false;
  protocol::JsonText schedule;
  protocol::NamespaceMapping mapping;
  protocol::JsonText streams;  ///< as shown_streams() writes them
  base::WallTime created;
};
std::optional<Listed> get_listed(sqlite::Connection& connection, const base::ConnectionId& id);
/// Some of them, ordered by their creation.
std::vector<Listed> page(sqlite::Connection& connection, std::int64_t most, std::int64_t offset,
                         const Asked& asked = {});

/// Those that lead from or to this source or destination.
std::vector<base::ConnectionId> of_endpoint(sqlite::Connection& connection, std::string_view id);
/// Deletes it: it runs no more. Its jobs, states and logs stay.
void remove(sqlite::Transaction& transaction, const base::ConnectionId& id, base::WallTime now);

/// Of those that lead from this source to this destination.
std::vector<std::string> names_between(sqlite::Connection& connection, const base::SourceId& source,
                                       const base::DestinationId& destination);

struct Named {
  base::ConnectionId id;
  std::string name;
};
/// Those that come from declarations and run.
std::vector<Named> active_declared(sqlite::Connection& connection);
void set_status(sqlite::Transaction& transaction, const base::ConnectionId& id,
                ConnectionStatus status, base::WallTime now);
/// Makes it inactive because the daemon has found so; being made active again forgets the reason.
void disable(sqlite::Transaction& transaction, const base::ConnectionId& id,
             std::string_view reason, base::WallTime now);

/// What its next run depends on.
struct Timing {
  ConnectionStatus status;
  protocol::JsonText schedule;
  base::WallTime since;  ///< the schedule was given then, or the connection made active
};
std::optional<Timing> timing(sqlite::Connection& connection, const base::ConnectionId& id);
/// All of them, in no order.
std::vector<base::ConnectionId> ids(sqlite::Connection& connection);
/// When it is due; nothing: never, or not while a job of it has not ended.
void set_next_run(sqlite::Transaction& transaction, const base::ConnectionId& id,
                  std::optional<base::WallTime> at);
std::optional<base::WallTime> next_run(sqlite::Connection& connection,
                                       const base::ConnectionId& id);
/// Nothing that is due is due any more.
void clear_due(sqlite::Transaction& transaction, base::WallTime now);
/// When the first of all is due.
std::optional<base::WallTime> first_run(sqlite::Connection& connection);

}  // namespace wharf::connection::connection_table

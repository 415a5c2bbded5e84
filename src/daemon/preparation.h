#pragma once

#include "connection/connection.h"
#include "daemon/endpoint.h"
#include "daemon/inquiry.h"
#include "database/database.h"
#include "declaration/declaration.h"
#include "secret/vault.h"

#include <boost/asio/awaitable.hpp>
#include <string>
#include <vector>

namespace wharf::daemon {

/// A declared connection that has become rows and a job.
struct Prepared {
  base::ConnectionId connection;
  base::JobId job;
  std::vector<std::string> notices;
};

/// A declared connection that stands in the store.
struct Deployed {
  base::ConnectionId connection;
  bool changed = false;  ///< it was not there, or was another one
  std::vector<std::string> notices;
};

/// What preparing needs; borrowed.
struct PreparationServices {
  database::Database& database;
  const base::Clock& clock;
  Inquiry& inquiry;
  connection::Environment environment;
  const secret::Vault& vault;
};

/// Makes a declared connection ready to run: its configurations fit their connectors' specs, its
/// streams are there, and its job is due. A job that has not ended goes on with the catalog it
/// froze, if nothing about the declaration has changed.
boost::asio::awaitable<Result<Prepared>> prepare(PreparationServices services,
                                                 const declaration::Declaration& declaration,
                                                 const declaration::Connection& connection);

/// The same without a job: what is declared becomes what the store has. A source is asked for its
/// streams only if what it is asked with has changed. Fails with conflict while a sync of the
/// former declaration runs; one that waits for its next attempt is cancelled.
boost::asio::awaitable<Result<Deployed>> deploy(PreparationServices services,
                                                const declaration::Declaration& declaration,
                                                const declaration::Connection& connection);

}  // namespace wharf::daemon

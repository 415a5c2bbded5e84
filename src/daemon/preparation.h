#pragma once

#include "connection/connection.h"
#include "daemon/endpoint_preparation.h"
#include "declaration/declaration.h"
#include "job/job.h"

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

/// A declared connection on its way into the store. Belongs to one coroutine; services and
/// declaration outlive it.
class Preparation {
 public:
  Preparation(const PreparationServices& services, const declaration::Declaration& declaration,
              const declaration::Connection& connection);

  /// As the functions below.
  boost::asio::awaitable<Result<Prepared>> prepare();
  boost::asio::awaitable<Result<Deployed>> deploy();

  /// For those who write several at once: asks everything that there is to ask; nothing is written.
  boost::asio::awaitable<Result<void>> make_ready();
  /// Cancels a job of what was declared before; fails with conflict if it runs.
  Result<void> end_former_job(sqlite::Transaction& transaction, base::WallTime now) const;
  /// Writes the connection and its two ends. A `state:` counts if it has none. Fails with conflict
  /// if it was changed since it was made ready.
  Result<void> put(sqlite::Transaction& transaction, base::WallTime now) const;

  const base::ConnectionId& id() const { return id_; }
  const declaration::Connection& declared() const { return declared_; }
  const std::vector<std::string>& notices() const { return notices_; }
  /// Whether it has been somewhere already.
  bool has_state(sqlite::Connection& store) const;

 private:
  Result<void> make_endpoints();
  boost::asio::awaitable<Result<void>> check_configurations();
  void identify();
  std::optional<connection::Connection> find_known(sqlite::Connection& store) const;
  bool same_as_before() const;
  connection::ConnectionStatus status() const;
  std::string schedule_text() const;
  void note_rename(const std::vector<std::string>& stored);
  boost::asio::awaitable<Result<void>> choose_streams();
  void note_meetings(const protocol::ConfiguredCatalog& catalog,
                     std::vector<declaration::Problem>& problems);
  boost::asio::awaitable<Result<Prepared>> store_with_job();
  Result<void> require_unchanged(sqlite::Connection& store) const;
  connection::Connection row() const;
  Result<void> restore_state(sqlite::Transaction& transaction, base::WallTime now) const;

  const PreparationServices& services_;
  const declaration::Declaration& declaration_;
  const declaration::Connection& declared_;
  EndpointPreparation source_;
  EndpointPreparation destination_;
  std::string hash_;
  base::ConnectionId id_;
  std::optional<connection::Connection> known_;  // as the store has it
  bool resumes_ = false;
  bool ends_stand_ = false;  // both ends' containers may use what the store has
  job::JobConfig config_;
  std::vector<std::string> notices_;
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

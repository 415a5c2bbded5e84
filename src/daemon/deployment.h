#pragma once

#include "connection/references.h"
#include "daemon/inquiry.h"
#include "database/database.h"
#include "declaration/declaration.h"
#include "secret/vault.h"

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>

namespace wharf::daemon {

/// Makes what is declared what the store has, one connection after the other; what cannot be done
/// now (a source that does not answer) is tried again every minute until it can, or until another
/// declaration comes. What changes under a running sync counts when that has ended. Any thread may
/// call it; it works on its executor.
class Deployment {
 public:
  struct Services {
    database::Database& database;
    const base::Clock& clock;
    base::Log& log;
    launcher::Launcher& launcher;
    std::filesystem::path runs;
    connection::Environment environment;
    BuiltinSpec builtin_spec;
    const secret::Vault& vault;
    /// A connection has been added or changed. On the engine; short.
    std::function<void(const base::ConnectionId&)> changed;
    std::size_t line_limit = protocol::kLineLimit;  ///< bytes of a connector's line
  };

  Deployment(const boost::asio::any_io_executor& executor, Services services);
  /// Nothing more is begun or told. What a connector is being asked ends with the engine, which
  /// must still turn.
  ~Deployment();

  /// From now on this is what is declared. A connection of a file that is no longer declared is
  /// made inactive, and said: its states stay.
  void declare(std::shared_ptr<const declaration::Declaration> declaration);
  /// A sync has ended: a declaration may have waited for that.
  void look_again();

 private:
  class Work;
  std::shared_ptr<Work> work_;
};

}  // namespace wharf::daemon

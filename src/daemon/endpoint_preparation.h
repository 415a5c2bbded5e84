#pragma once

#include "connection/endpoint_table.h"
#include "daemon/endpoint.h"
#include "daemon/preparation_services.h"

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <vector>

namespace wharf::daemon {

/// A declared source or destination on its way into the store. Belongs to one coroutine; what it
/// was made of outlives it.
class EndpointPreparation {
 public:
  EndpointPreparation(const PreparationServices& services, const declaration::Endpoint& declared,
                      definition::Kind kind)
      : services_(services), declared_(declared), kind_(kind) {}

  /// Finds which one of the store it is, and what its references stand for. Fails with
  /// invalid_config, naming file and line.
  Result<void> make();
  /// Holds the configuration to its connector's spec, which is asked if it is not known: every
  /// violation with file and line.
  boost::asio::awaitable<Result<std::vector<declaration::Problem>>> check();
  /// The schema of a connector that need not be asked again.
  void recall_schema();
  /// A word on a file that holds a secret in clear and that others may read; none: it is as it
  /// should be, or its connector's schema is not known.
  std::optional<std::string> exposure() const;
  /// Writes it, its definition, and its secrets into the vault.
  Result<void> put(sqlite::Transaction& transaction, base::WallTime now) const;

  /// Whether what its containers may use is in the store as it is declared here.
  bool resources_stand(sqlite::Connection& store) const;

  const std::string& id() const { return id_; }
  const Endpoint& endpoint() const { return *endpoint_; }
  /// A destination's, once it is checked.
  const std::vector<protocol::DestinationSyncMode>& modes() const { return modes_; }
  /// The same error without the configuration's secrets in its words.
  Error cleared(Error error) const;

 private:
  std::optional<connection::StoredEndpoint> stored(sqlite::Connection& store) const;
  Result<std::optional<std::string>> secret(const std::string& name) const;
  Result<protocol::JsonText> with_references(sqlite::Transaction& transaction,
                                             const std::vector<connection::KeptSecret>& kept) const;

  const PreparationServices& services_;
  const declaration::Endpoint& declared_;
  const definition::Kind kind_;
  std::string id_;
  std::optional<Endpoint> endpoint_;
  std::vector<protocol::DestinationSyncMode> modes_;
};

}  // namespace wharf::daemon

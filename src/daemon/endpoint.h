#pragma once

#include "connection/references.h"
#include "daemon/inquiry.h"
#include "declaration/declaration.h"

#include <string>
#include <vector>

namespace wharf::daemon {

/// A declared source or destination, ready to be asked and stored.
struct Endpoint {
  const declaration::Endpoint* declared;  ///< borrowed from the declaration
  Respondent respondent;
  std::string stored_config;    ///< for the store: references stand in it, paths are absolute
  std::string resolved_config;  ///< for the connector: secrets in clear
  std::string schema = {};      ///< of its configuration, once its spec is known
};

/// Fails (invalid_config), naming file and line, if a reference leads nowhere, or if the connector
/// is one that this Wharf cannot run.
Result<Endpoint> make_endpoint(const declaration::Endpoint& declared, definition::Kind kind,
                               const connection::Environment& environment);

/// The configuration against the connector's spec: every violation with its file and line.
std::vector<declaration::Problem> violations(const Endpoint& endpoint,
                                             const protocol::ConnectorSpecification& spec);

/// Several problems as one error, a line each.
Error as_error(const std::vector<declaration::Problem>& problems);

}  // namespace wharf::daemon

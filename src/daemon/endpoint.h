#pragma once

#include "connection/named_secrets.h"
#include "connection/references.h"
#include "daemon/inquiry.h"
#include "declaration/declaration.h"
#include "protocol/json_schema.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace wharf::daemon {

/// A declared source or destination, ready to be asked and stored.
struct Endpoint {
  const declaration::Endpoint* declared;  ///< borrowed from the declaration
  Respondent respondent;
  std::string stored_config;  ///< for the store: references stand in it, paths are absolute
  std::vector<connection::NamedSecret> named_secrets;  ///< those of them that name a secret
  std::string resolved_config;                         ///< for the connector: secrets in clear
  std::vector<std::string> secrets;                    ///< what its references stand for
  std::string schema = {};  ///< of its configuration, once its spec is known
};

/// What `${secret:NAME}` stands for, as JSON; none: nobody has given it.
using SecretValue = std::function<Result<std::optional<std::string>>(const std::string& name)>;

/// Fails (invalid_config), naming file and line, if a reference leads nowhere. Without `secret` no
/// secret can be called by name.
Result<Endpoint> make_endpoint(const declaration::Endpoint& declared, definition::Kind kind,
                               const connection::Environment& environment,
                               const SecretValue& secret = {});

/// The configuration against the connector's spec: every violation with its file and line.
std::vector<declaration::Problem> violations(const Endpoint& endpoint,
                                             const protocol::ConnectorSpecification& spec);

/// One that does not fit, with its line.
declaration::Problem problem_of_violation(const declaration::Endpoint& declared,
                                          const protocol::SchemaViolation& violation);

/// A message without the secrets of the configuration in it, those that its spec marks included.
std::string without_secrets(const std::string& message, const Endpoint& endpoint);

/// Several problems as one error, a line each.
Error as_error(const std::vector<declaration::Problem>& problems);

}  // namespace wharf::daemon

#pragma once

#include "definition/definition.h"

#include <wharf/protocol/catalog.h>
#include <wharf/protocol/spec.h>

#include <functional>
#include <optional>
#include <string>

namespace wharf::api {

/// Asks connectors, for a thread that may wait: each question has a deadline of its own, and fails
/// with timed_out. Any thread.
struct Connectors {
  struct Asked {
    definition::Definition definition;
    std::string who;  ///< for messages: "source 'shop'"
  };

  /// What is known without asking anybody: the spec of a built-in, and of who has answered before.
  std::function<std::optional<protocol::ConnectorSpecification>(const definition::Definition&)>
      known_spec;
  std::function<Result<protocol::ConnectorSpecification>(const Asked&)> spec;
  /// `config` with its secrets in clear. FAILED is an answer, not an error.
  std::function<Result<protocol::ConnectionStatus>(const Asked&, const std::string& config)> check;
  /// `fresh`: whatever is remembered.
  std::function<Result<protocol::Catalog>(const Asked&, const std::string& config, bool fresh)>
      discover;
};

}  // namespace wharf::api

#pragma once

#include "connection/endpoint_table.h"
#include "definition/definition.h"

#include <wharf/protocol/catalog.h>
#include <wharf/protocol/spec.h>

#include <functional>
#include <optional>
#include <string>

namespace wharf::api {

/// Asks connectors, for a thread that may wait: no longer than a request may take, then it fails
/// with timed_out, and the question goes on. Any thread.
struct Connectors {
  struct Asked {
    definition::Definition definition;
    std::string who;  ///< for messages: "source 'shop'"
  };

  /// What is known without asking anybody: the spec of a built-in, and of who has answered before.
  std::function<std::optional<protocol::ConnectorSpecification>(const definition::Definition&)>
      known_spec;
  std::function<Result<protocol::ConnectorSpecification>(const Asked&)> spec;
  /// FAILED is an answer, not an error. Secrets are masked in both.
  std::function<Result<protocol::ConnectionStatus>(const connection::StoredEndpoint&)> check;
  /// `fresh`: whatever is remembered.
  std::function<Result<protocol::Catalog>(const connection::StoredEndpoint&, bool fresh)> discover;
};

}  // namespace wharf::api

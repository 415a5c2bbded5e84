#pragma once
// What a body says about a connection.

#include "connection/connection.h"
#include "connection/stream_choice.h"
#include "schedule/schedule.h"

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

namespace wharf::api {

/// Only what was said. What cannot be had here (mappers, files, tags, automatic schema changes) is
/// refused, not passed over.
struct ConnectionForm {
  std::optional<std::string> name;
  std::optional<connection::ConnectionStatus> status;
  std::optional<schedule::Schedule> schedule;
  std::optional<protocol::NamespaceMapping::Definition> namespace_definition;
  std::optional<std::string> namespace_format;
  std::optional<std::string> prefix;
  std::vector<connection::StreamChoice> streams;  ///< empty: nothing was said of them

  /// Lays everything but the streams over a connection.
  void apply_to(connection::Connection& connection) const;
};

/// Throws Refused (400), with a sentence, on what is wrong.
ConnectionForm read_connection_form(const nlohmann::json& body);

}  // namespace wharf::api

#pragma once

#include <wharf/protocol/json.h>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "definition/builtin_definitions.h"

namespace wharf::definition {

/// A connector inside this binary: `wharf connector <name> …`.
struct Builtin {
  std::string name;
  friend bool operator==(const Builtin&, const Builtin&) = default;
};

/// A program on this host that speaks the protocol.
struct Command {
  std::vector<std::string> argv;
  std::map<std::string, std::string> environment;  ///< added to the built one; never a secret
  std::string working_directory;                   ///< empty: the run directory
  friend bool operator==(const Command&, const Command&) = default;
};

/// A connector that exists, and what Wharf believes of it.
struct Definition {
  base::DefinitionId id;
  Kind kind = Kind::source;
  std::string name;
  std::variant<Builtin, Command> program;
  /// Its data channel (data-plane 1.2) as JSON; none: stdio only.
  std::optional<protocol::JsonText> ipc;
  bool supports_refreshes = false;      ///< a destination: knows generations
  bool holds_position = false;          ///< a destination: answers WHARF_CONTEXT with its position
  bool resumable_full_refresh = false;  ///< a source: its full refresh really goes on from a state
  /// A source: how long it may say neither record nor state; none: as the settings say.
  std::optional<std::chrono::seconds> max_between_messages;

  bool is_builtin() const { return std::holds_alternative<Builtin>(program); }
};

/// The definition of a built-in: everything above is true of those that live here.
Definition definition_of(const BuiltinDefinition& builtin);

/// Says which connector was asked for: another name or command is another one, a new version of the
/// same program is not.
std::string identity(const Definition& definition);
/// Changes whenever the connector may answer otherwise: its program, and for a command the size and
/// time of its file. The key of stored answers, with Wharf's own version for built-ins.
std::string fingerprint(const Definition& definition);

}  // namespace wharf::definition

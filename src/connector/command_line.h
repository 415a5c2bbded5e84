#pragma once

#include <wharf/error.h>

#include <optional>
#include <span>
#include <string>

namespace wharf::connector {

enum class Verb { spec, check, discover, read, write, position };

/// What a connector was asked to do: the verb and the files that say with what.
struct CommandLine {
  Verb verb = Verb::spec;
  std::string config;
  std::string catalog;
  std::optional<std::string> state;
};

enum class ConnectorKind { source, destination };

/// Fails with `invalid_argument` on a verb that this kind has not, on an unknown option, and when
/// a file is not named.
Result<CommandLine> parse_command_line(ConnectorKind kind, std::span<const std::string> arguments);
/// The verbs and their options, for stderr.
std::string usage(ConnectorKind kind);

}  // namespace wharf::connector

#include "daemon/endpoint.h"

#include "base/uuid.h"
#include "protocol/json_schema.h"
#include "workload/ipc_options.h"

#include <fmt/format.h>

#include <filesystem>

namespace wharf::daemon {
namespace {

using declaration::Problem;
using definition::Definition;
using definition::Kind;

Error at(const declaration::Place& place, const std::string& message) {
  return as_error({Problem{place, message}});
}

std::string directory_of(const declaration::Place& place) {
  return std::filesystem::absolute(place.file).parent_path().string();
}

Definition foreign_definition(const declaration::Endpoint& declared, Kind kind) {
  const auto& connector = declared.connector;
  const std::string directory = directory_of(declared.place);
  Definition definition;
  definition.kind = kind;
  definition.name = declared.name;
  definition::Command command;
  command.argv = connector.command;
  // A word with a slash is a path; one without is looked up in PATH.
  if (command.argv.front().find('/') != std::string::npos || command.argv.front().front() == '~') {
    command.argv.front() = connection::absolute_path(command.argv.front(), directory);
  }
  command.environment.insert(connector.environment.begin(), connector.environment.end());
  if (!connector.working_directory.empty()) {
    command.working_directory = connection::absolute_path(connector.working_directory, directory);
  }
  definition.program = std::move(command);
  if (connector.ipc) definition.ipc = workload::to_json(*connector.ipc);
  definition.resumable_full_refresh = connector.resumable_full_refresh;
  definition.holds_position = connector.position;
  definition.supports_refreshes = connector.position;  // who keeps a position knows generations
  definition.id = base::DefinitionId(base::uuid_of_name(
      base::kWharfSpace,
      fmt::format("definition/{}/{}", definition::name_of(kind), declared.name)));
  return definition;
}

}  // namespace

Error as_error(const std::vector<Problem>& problems) {
  std::string text;
  for (const auto& problem : problems) {
    if (!text.empty()) text += '\n';
    text += declaration::to_string(problem);
  }
  return Error{ErrorCode::invalid_config, std::move(text)};
}

Result<Endpoint> make_endpoint(const declaration::Endpoint& declared, Kind kind,
                               const connection::Environment& environment) {
  if (!declared.connector.image.empty()) {
    return at(declared.place,
              fmt::format("'{}' names an image; this Wharf runs built-ins and commands only: name "
                          "the connector's program with command:",
                          declared.name));
  }
  Endpoint endpoint;
  endpoint.declared = &declared;
  const auto& builtin = declared.connector.builtin;
  endpoint.respondent.definition =
      builtin.empty() ? foreign_definition(declared, kind)
                      : definition::definition_of(*definition::find_builtin(kind, builtin));
  endpoint.respondent.who = fmt::format("{} '{}'", definition::name_of(kind), declared.name);
  const std::string directory = directory_of(declared.place);
  auto stored =
      connection::anchored_configuration(declared.configuration, directory, !builtin.empty());
  if (!stored) return at(declared.place, stored.error().message);
  std::vector<std::string> secrets;
  auto resolved = connection::resolve_configuration(*stored, directory, environment, secrets);
  if (!resolved) return at(declared.place, resolved.error().message);
  endpoint.stored_config = std::move(*stored);
  endpoint.resolved_config = std::move(*resolved);
  return endpoint;
}

std::vector<Problem> violations(const Endpoint& endpoint,
                                const protocol::ConnectorSpecification& spec) {
  const auto& declared = *endpoint.declared;
  auto found =
      protocol::check_against_schema(endpoint.resolved_config, spec.connection_specification);
  std::vector<Problem> problems;
  if (!found) {  // an unusable schema is the connector's fault: its check will speak
    return problems;
  }
  for (const auto& violation : *found) {
    declaration::Place place = declared.place;
    for (std::string pointer = violation.pointer;; pointer.resize(pointer.rfind('/'))) {
      if (auto line = declared.lines.find(pointer); line != declared.lines.end()) {
        place.line = line->second;
        break;
      }
      if (pointer.empty()) break;
    }
    problems.push_back({place, fmt::format("configuration of '{}'{}{}: {}", declared.name,
                                           violation.pointer.empty() ? "" : ", ", violation.pointer,
                                           violation.message)});
  }
  return problems;
}

}  // namespace wharf::daemon

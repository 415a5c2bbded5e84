#include "daemon/endpoint.h"

#include "base/text.h"
#include "base/uuid.h"
#include "connection/secret_fields.h"
#include "protocol/json_schema.h"
#include "workload/ipc_options.h"

#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

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

definition::Program declared_command(const declaration::ConnectorReference& connector,
                                     const std::string& directory) {
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
  return command;
}

definition::Program declared_image(const declaration::ConnectorReference& connector) {
  definition::Image image;
  image.reference = definition::image_reference(definition::image_name(connector.image));
  image.environment.insert(connector.environment.begin(), connector.environment.end());
  image.resources = connector.resources;
  return image;
}

Definition foreign_definition(const declaration::Endpoint& declared, Kind kind) {
  const auto& connector = declared.connector;
  const std::string directory = directory_of(declared.place);
  Definition definition;
  definition.kind = kind;
  definition.name = declared.name;
  definition.program =
      connector.image.empty() ? declared_command(connector, directory) : declared_image(connector);
  if (connector.ipc) definition.ipc = workload::to_json(*connector.ipc);
  definition.resumable_full_refresh = connector.resumable_full_refresh;
  definition.max_between_messages = connector.max_between_messages;
  definition.holds_position = connector.position;
  definition.supports_refreshes = connector.supports_refreshes;
  definition.id = base::DefinitionId(base::uuid_of_name(
      base::kWharfSpace,
      fmt::format("definition/{}/{}", definition::name_of(kind), declared.name)));
  return definition;
}

declaration::Place place_of(const declaration::Endpoint& declared, std::string pointer) {
  for (;; pointer.resize(pointer.rfind('/'))) {
    if (const auto line = declared.lines.find(pointer); line != declared.lines.end())
      return {declared.place.file, line->second};
    if (pointer.empty()) return declared.place;
  }
}

// A secret's JSON as it may be met in a message.
void add_text(const std::string& json, std::vector<std::string>& secrets) {
  const auto value = nlohmann::json::parse(json, nullptr, false);
  secrets.push_back(value.is_string() ? value.get<std::string>() : json);
}

// `${secret:NAME}` → what it stands for, in what the connector is given.
Result<void> fill_named(Endpoint& endpoint, const SecretValue& secret) {
  const auto& declared = *endpoint.declared;
  auto named = connection::named_secrets(endpoint.stored_config);
  if (!named) return at(declared.place, named.error().message);
  std::map<std::string, std::string> values;
  std::vector<Problem> problems;
  for (const auto& each : *named) {
    std::optional<std::string> value;
    if (secret) {
      auto known = secret(each.name);
      if (!known) return std::move(known).error();
      value = std::move(*known);
    }
    if (value) {
      add_text(*value, endpoint.secrets);
      values[each.pointer] = std::move(*value);
    } else {
      problems.push_back(
          {place_of(declared, each.pointer),
           fmt::format("nothing is kept here as secret '{}': give it with --secrets to "
                       "`wharf apply`, or write ${{env:NAME}} or ${{file:PATH}}",
                       each.name)});
    }
  }
  if (!problems.empty()) return as_error(problems);
  if (!values.empty()) {
    endpoint.resolved_config = connection::with_values(endpoint.resolved_config, values);
  }
  endpoint.named_secrets = std::move(*named);
  return {};
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

Problem problem_of_violation(const declaration::Endpoint& declared,
                             const protocol::SchemaViolation& violation) {
  return {place_of(declared, violation.pointer),
          fmt::format("configuration of '{}'{}{}: {}", declared.name,
                      violation.pointer.empty() ? "" : ", ", violation.pointer, violation.message)};
}

Result<Endpoint> make_endpoint(const declaration::Endpoint& declared, Kind kind,
                               const connection::Environment& environment,
                               const SecretValue& secret) {
  Endpoint endpoint;
  endpoint.declared = &declared;
  const auto& builtin = declared.connector.builtin;
  endpoint.respondent.definition =
      builtin.empty() ? foreign_definition(declared, kind)
                      : definition::definition_of(*definition::find_builtin(kind, builtin));
  endpoint.respondent.who = fmt::format("{} '{}'", definition::name_of(kind), declared.name);
  endpoint.respondent.resources = declared.resources;
  const std::string directory = directory_of(declared.place);
  auto stored =
      connection::anchored_configuration(declared.configuration, directory, !builtin.empty());
  if (!stored) return at(declared.place, stored.error().message);
  auto resolved =
      connection::resolve_configuration(*stored, directory, environment, endpoint.secrets);
  if (!resolved) return at(declared.place, resolved.error().message);
  endpoint.stored_config = std::move(*stored);
  endpoint.resolved_config = std::move(*resolved);
  if (auto filled = fill_named(endpoint, secret); !filled) return std::move(filled).error();
  return endpoint;
}

std::string without_secrets(const std::string& message, const Endpoint& endpoint) {
  auto secrets = endpoint.secrets;
  const auto split =
      connection::split_secrets(endpoint.resolved_config, endpoint.schema, "", false);
  for (const auto& each : split.secrets) add_text(each.text, secrets);
  return base::redact(message, secrets);
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
    problems.push_back(problem_of_violation(declared, violation));
  }
  return problems;
}

}  // namespace wharf::daemon

#include "definition/definition.h"

#include <sys/stat.h>

#include <nlohmann/json.hpp>
#include <regex>
#include <utility>

#include "base/uuid.h"

namespace wharf::definition {
namespace {

// What a file is, as far as a new one of the same name can be told from it.
std::string file_mark(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return "?";
  return std::to_string(status.st_size) + "." + std::to_string(status.st_mtim.tv_sec) + "." +
         std::to_string(status.st_mtim.tv_nsec) + "." + std::to_string(status.st_ino);
}

}  // namespace

Definition definition_of(const BuiltinDefinition& builtin) {
  Definition definition;
  definition.id = base::DefinitionId(std::string(builtin.id));
  definition.kind = builtin.kind;
  definition.name = builtin.name;
  definition.program = Builtin{std::string(builtin.name)};
  definition.ipc =
      R"({"dataChannel":{"version":"0.0.2","supportedSerialization":["BATCH","PROTOBUF","JSONL"],"supportedTransport":["SOCKET","STDIO"]}})";
  definition.supports_refreshes = builtin.kind == Kind::destination;
  definition.holds_position = builtin.kind == Kind::destination;
  definition.resumable_full_refresh = builtin.kind == Kind::source;
  return definition;
}

std::string identity(const Definition& definition) {
  if (const auto* builtin = std::get_if<Builtin>(&definition.program))
    return base::fingerprint("builtin " + builtin->name);
  const auto said = [](const char* what, const nlohmann::json& parts) {
    return base::fingerprint(
        what + parts.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  };
  if (const auto* image = std::get_if<Image>(&definition.program)) {
    const auto name = image_name(image->reference);
    return said("image ", {name.repository, image->environment});
  }
  const auto& command = std::get<Command>(definition.program);
  return said("command ", {command.argv, command.environment, command.working_directory});
}

std::string fingerprint(const Definition& definition) {
  if (const auto* image = std::get_if<Image>(&definition.program)) {
    return base::fingerprint(identity(definition) + " " + image->reference + " " + image->digest);
  }
  std::string program = "/proc/self/exe";
  if (const auto* command = std::get_if<Command>(&definition.program))
    program = command->argv.empty() ? "" : command->argv.front();
  return base::fingerprint(identity(definition) + " " + file_mark(program));
}

Definition with_digest(Definition definition, std::string_view digest) {
  if (auto* image = std::get_if<Image>(&definition.program)) image->digest = digest;
  return definition;
}

const std::map<std::string, std::string>* environment_of(const Program& program) {
  if (const auto* command = std::get_if<Command>(&program)) return &command->environment;
  if (const auto* image = std::get_if<Image>(&program)) return &image->environment;
  return nullptr;
}

std::map<std::string, std::string>* environment_of(Program& program) {
  return const_cast<std::map<std::string, std::string>*>(environment_of(std::as_const(program)));
}

ImageName image_name(std::string_view reference) {
  if (const auto at = reference.find('@'); at != std::string_view::npos) {
    auto name = image_name(reference.substr(0, at));
    return {std::move(name.repository), std::string(reference.substr(at + 1))};
  }
  const auto slash = reference.rfind('/');
  const auto colon = reference.rfind(':');
  // A colon before the last slash belongs to the registry's port.
  const bool tagged = colon != std::string_view::npos &&
                      (slash == std::string_view::npos || colon > slash);
  if (!tagged) return {std::string(reference), "latest"};
  return {std::string(reference.substr(0, colon)), std::string(reference.substr(colon + 1))};
}

std::optional<std::string> objection_to_image(std::string_view reference) {
  static const std::regex form(
      R"(([a-zA-Z0-9.-]+(:[0-9]+)?/)?[a-z0-9]+([._/-]+[a-z0-9]+)*(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@sha256:[0-9a-f]{64})?)");
  if (std::regex_match(reference.begin(), reference.end(), form)) return std::nullopt;
  return "'" + std::string(reference) +
         "' names no image: one is like airbyte/source-faker:6.2.10, with a registry before it or "
         "a digest (@sha256:…) behind it";
}

std::string image_reference(const ImageName& name) {
  // A digest has a colon, a tag has none.
  return name.repository + (name.tag.find(':') == std::string::npos ? ":" : "@") + name.tag;
}

}  // namespace wharf::definition

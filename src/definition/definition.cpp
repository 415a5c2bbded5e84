#include "definition/definition.h"

#include <sys/stat.h>

#include <nlohmann/json.hpp>

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
  const auto& command = std::get<Command>(definition.program);
  const nlohmann::json parts = {command.argv, command.environment, command.working_directory};
  return base::fingerprint("command " +
                           parts.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

std::string fingerprint(const Definition& definition) {
  std::string program = "/proc/self/exe";
  if (const auto* command = std::get_if<Command>(&definition.program))
    program = command->argv.empty() ? "" : command->argv.front();
  return base::fingerprint(identity(definition) + " " + file_mark(program));
}

}  // namespace wharf::definition

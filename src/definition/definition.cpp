#include "definition/definition.h"

#include <sys/stat.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "base/uuid.h"
#include "docker/image_reference.h"

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
    return base::fingerprint(what +
                             parts.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
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
  const auto parsed = docker::parse_image_reference(reference);
  if (!parsed) return {std::string(reference), ""};
  auto bare = *parsed;
  bare.tag = "latest";
  bare.digest.clear();
  auto repository = bare.short_name();
  repository.resize(repository.rfind(':'));
  return {std::move(repository), parsed->digest.empty() ? parsed->tag : parsed->digest};
}

std::string image_reference(const ImageName& name) {
  // A digest has a colon, a tag has none.
  return name.repository + (name.tag.find(':') == std::string::npos ? ":" : "@") + name.tag;
}

}  // namespace wharf::definition

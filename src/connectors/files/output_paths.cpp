#include "connectors/files/output_paths.h"

#include "connectors/files/local_root.h"

#include <wharf/error.h>

#include <algorithm>

namespace wharf::connectors::files {
namespace {

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
  throw Failure(Error{ErrorCode::invalid_config, "destination_path '" + path + "' " + why,
                      Origin::destination});
}

/// Connections are UUIDs; writes without one (plain Airbyte) share a name.
std::string connection_name(std::string connection) {
  if (connection.empty()) return "plain";
  std::ranges::replace_if(connection, [](char c) { return !is_plain(c) && c != '-'; }, '_');
  return connection;
}

}  // namespace

std::string clean_name(std::string_view name) {
  std::string cleaned(name);
  std::ranges::replace_if(cleaned, [](char c) { return !is_plain(c); }, '_');
  return cleaned;
}

std::string stream_file_stem(const protocol::StreamDescriptor& target) {
  std::string space = target.name_space.value_or("");
  return clean_name(space.empty() ? target.name : space + "_" + target.name);
}

OutputPaths OutputPaths::configured(const std::string& destination_path) {
  std::filesystem::path path(destination_path);
  if (!path.is_absolute()) refuse(destination_path, "is not absolute: begin it with /");
  path = path.lexically_normal();
  if (!path.has_filename()) path = path.parent_path();  // a slash at the end
  bool local = destination_path == "/local" || destination_path.starts_with("/local/");
  if (!local && only_root()) {
    refuse(destination_path, "is not below /local: nothing else stays of what a container writes");
  }
  if (!local) return OutputPaths(path);
  std::string normal = path.string();
  if (normal != "/local" && !normal.starts_with("/local/")) {
    refuse(destination_path, "leads out of /local");
  }
  return OutputPaths(local_root() + normal.substr(std::string_view("/local").size()));
}

std::filesystem::path OutputPaths::staging(const std::string& file, std::int64_t generation) const {
  return inner() / (file + "." + std::to_string(generation) + ".staging");
}

std::filesystem::path OutputPaths::position(const std::string& connection) const {
  return inner() / (connection_name(connection) + ".position");
}

std::filesystem::path OutputPaths::lock(const std::string& connection) const {
  return inner() / (connection_name(connection) + ".lock");
}

}  // namespace wharf::connectors::files

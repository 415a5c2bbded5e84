#include "connector/data_channel.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace wharf::connector {

namespace {

constexpr const char* kDefaultMapping = "/dest/namespace-mapping.json";

std::vector<std::string> split_paths(std::string_view list) {
  std::vector<std::string> paths;
  while (!list.empty()) {
    auto comma = std::min(list.find(','), list.size());
    if (comma > 0) paths.emplace_back(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return paths;
}

Error unknown(std::string_view name, std::string_view value, std::string_view allowed) {
  return Error{ErrorCode::invalid_config,
               fmt::format("{} is '{}'; it may be {}", name, value, allowed)};
}

Result<DataChannel> read_channel(const Environment& environment) {
  auto get = [&](const char* name, std::string_view fallback) -> std::string_view {
    const char* value = environment(name);
    return value != nullptr && *value != '\0' ? std::string_view(value) : fallback;
  };
  DataChannel channel;
  auto medium = get("DATA_CHANNEL_MEDIUM", "STDIO");
  auto form = get("DATA_CHANNEL_FORMAT", "JSONL");
  auto known = record::find_wire_form(form);
  if (!known) return unknown("DATA_CHANNEL_FORMAT", form, "JSONL, PROTOBUF or BATCH");
  if (medium == "STDIO") return channel;
  if (medium != "SOCKET") return unknown("DATA_CHANNEL_MEDIUM", medium, "STDIO or SOCKET");

  channel.form = *known;
  channel.sockets = split_paths(get("DATA_CHANNEL_SOCKET_PATHS", ""));
  if (channel.sockets.empty()) {
    return Error{ErrorCode::invalid_config,
                 "DATA_CHANNEL_MEDIUM is SOCKET, and DATA_CHANNEL_SOCKET_PATHS names no socket"};
  }
  return channel;
}

/// Airbyte's platform names the file by its place alone, ours by the variable too.
Result<std::optional<protocol::NamespaceMapping>> read_mapping(const Environment& environment) {
  const char* named = environment("NAMESPACE_MAPPING_CONFIG_PATH");
  if (named == nullptr && !std::filesystem::exists(kDefaultMapping)) {
    return std::optional<protocol::NamespaceMapping>();
  }
  auto text = read_file(named != nullptr ? named : kDefaultMapping);
  if (!text) return text.error();
  auto mapping = protocol::parse_namespace_mapping(*text);
  if (!mapping) return mapping.error();
  return std::optional(*mapping);
}

}  // namespace

Result<Surroundings> read_surroundings(const Environment& environment) {
  Surroundings surroundings;
  auto channel = read_channel(environment);
  if (!channel) return channel.error();
  surroundings.channel = *channel;

  if (const char* path = environment("WHARF_CONTEXT"); path != nullptr && *path != '\0') {
    auto text = read_file(path);
    if (!text) return text.error();
    auto context = protocol::parse_context(*text);
    if (!context) return context.error();
    surroundings.context = *context;
  }
  if (!surroundings.channel.is_stdio()) {
    auto mapping = read_mapping(environment);
    if (!mapping) return mapping.error();
    surroundings.mapping = *mapping;
  }
  return surroundings;
}

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  if (!file) {
    return Error{ErrorCode::invalid_config,
                 fmt::format("{} cannot be read: {}", path, std::strerror(errno))};
  }
  return std::move(text).str();
}

}  // namespace wharf::connector

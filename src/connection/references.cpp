#include "connection/references.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

namespace wharf::connection {
namespace {

using Json = nlohmann::ordered_json;

Result<std::string> file_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    return Error{ErrorCode::invalid_config,
                 fmt::format("${{file:{}}}: cannot be read: {}", path, std::strerror(errno))};
  }
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!text.empty() && text.back() == '\n') text.pop_back();
  if (!text.empty() && text.back() == '\r') text.pop_back();
  return text;
}

// What one reference stands for; null if it is none of ours.
Result<std::optional<std::string>> value_of(std::string_view reference,
                                            const std::string& directory,
                                            const Environment& environment) {
  if (reference.starts_with("env:")) {
    const std::string name(reference.substr(4));
    const char* value = environment(name.c_str());
    if (value == nullptr) {
      return Error{ErrorCode::invalid_config,
                   fmt::format("${{env:{}}}: no such environment variable", name)};
    }
    return std::optional<std::string>(value);
  }
  if (reference.starts_with("file:")) {
    auto text = file_text(absolute_path(std::string(reference.substr(5)), directory));
    if (!text) return std::move(text).error();
    return std::optional<std::string>(std::move(*text));
  }
  return std::optional<std::string>();
}

Result<void> resolve_strings(Json& node, const std::string& directory,
                             const Environment& environment, std::vector<std::string>& secrets) {
  if (node.is_string()) {
    auto text = resolve(node.get_ref<const std::string&>(), directory, environment, secrets);
    if (!text) return std::move(text).error();
    node = *text;
  } else if (node.is_structured()) {
    for (auto& child : node) {
      auto done = resolve_strings(child, directory, environment, secrets);
      if (!done) return done;
    }
  }
  return {};
}

// `${file:key}` → `${file:/etc/wharf/key}`, wherever it stands.
void anchor_references(Json& node, const std::string& directory) {
  constexpr std::string_view kFile = "${file:";
  if (node.is_structured()) {
    for (auto& child : node) anchor_references(child, directory);
    return;
  }
  if (!node.is_string()) return;
  std::string text = node.get<std::string>();
  for (auto at = text.find(kFile); at != std::string::npos; at = text.find(kFile, at + 1)) {
    const auto begin = at + kFile.size();
    const auto end = text.find('}', begin);
    if (end == std::string::npos) break;
    text.replace(begin, end - begin, absolute_path(text.substr(begin, end - begin), directory));
  }
  node = std::move(text);
}

}  // namespace

Result<std::string> anchored_configuration(const std::string& json, const std::string& directory,
                                           bool has_path_keys) {
  Json document = Json::parse(json, nullptr, false);
  if (document.is_discarded()) {
    return Error{ErrorCode::invalid_config, "the configuration is no JSON"};
  }
  anchor_references(document, directory);
  if (has_path_keys && document.is_object()) {
    for (const char* key : {"path", "folder", "url", "destination_path"}) {
      auto value = document.find(key);
      if (value == document.end() || !value->is_string()) continue;
      const auto& text = value->get_ref<const std::string&>();
      if (text.find("://") == std::string::npos && !text.starts_with("${")) {
        *value = absolute_path(text, directory);
      }
    }
  }
  return document.dump();
}

std::string absolute_path(const std::string& path, const std::string& directory) {
  if (path == "~" || path.starts_with("~/")) {
    const char* home = std::getenv("HOME");
    return (home != nullptr ? std::string(home) : std::string("/")) + path.substr(1);
  }
  if (path.empty() || path.front() == '/') return path;
  return (std::filesystem::path(directory) / path).lexically_normal().string();
}

Result<std::string> resolve(std::string_view text, const std::string& directory,
                            const Environment& environment, std::vector<std::string>& secrets) {
  std::string out;
  for (;;) {
    const auto begin = text.find("${");
    const auto end = begin == std::string_view::npos ? begin : text.find('}', begin);
    if (end == std::string_view::npos) return out.append(text);
    auto value = value_of(text.substr(begin + 2, end - begin - 2), directory, environment);
    if (!value) return std::move(value).error();
    out.append(text.substr(0, begin));
    if (*value) {
      out.append(**value);
      secrets.push_back(**value);
    } else {
      out.append(text.substr(begin, end - begin + 1));
    }
    text.remove_prefix(end + 1);
  }
}

Result<std::string> resolve_configuration(const std::string& json, const std::string& directory,
                                          const Environment& environment,
                                          std::vector<std::string>& secrets) {
  Json document = Json::parse(json, nullptr, false);
  if (document.is_discarded()) {
    return Error{ErrorCode::invalid_config, "the configuration is no JSON"};
  }
  auto done = resolve_strings(document, directory, environment, secrets);
  if (!done) return std::move(done).error();
  return document.dump();
}

}  // namespace wharf::connection

#include "connectors/source_file/config_keys.h"

#include <fmt/format.h>

namespace wharf::connectors::source_file {

ConfigKeys::ConfigKeys(const nlohmann::json& object, std::string path)
    : object_(object), path_(std::move(path)) {
  if (!object_.is_object()) {
    throw Failure(ErrorCode::invalid_config,
                  fmt::format("`{}` must be an object", path_.empty() ? "configuration" : path_));
  }
}

const nlohmann::json* ConfigKeys::take(const std::string& key) {
  taken_.insert(key);
  const auto found = object_.find(key);
  return found == object_.end() || found->is_null() ? nullptr : &*found;
}

std::optional<std::string> ConfigKeys::text(const std::string& key) {
  const auto* value = take(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) refuse(key, "a text");
  return value->get<std::string>();
}

std::optional<bool> ConfigKeys::boolean(const std::string& key) {
  const auto* value = take(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_boolean()) refuse(key, "true or false");
  return value->get<bool>();
}

std::optional<std::uint64_t> ConfigKeys::count(const std::string& key) {
  const auto* value = take(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_number_unsigned()) refuse(key, "a whole number from 0 up");
  return value->get<std::uint64_t>();
}

std::optional<std::vector<std::string>> ConfigKeys::texts(const std::string& key) {
  const auto* value = take(key);
  if (value == nullptr) return std::nullopt;
  if (value->is_string()) return std::vector{value->get<std::string>()};
  if (!value->is_array()) refuse(key, "a text or a list of texts");
  std::vector<std::string> texts;
  for (const auto& item : *value) {
    if (!item.is_string()) refuse(key, "a text or a list of texts");
    texts.push_back(item.get<std::string>());
  }
  return texts;
}

std::optional<char> ConfigKeys::character(const std::string& key, std::optional<char> or_empty) {
  const auto value = text(key);
  if (!value) return std::nullopt;
  if (value->empty() && or_empty) return or_empty;
  if (*value == "\\t" || *value == "tab") return '\t';
  const bool one = value->size() == 1 && static_cast<unsigned char>(value->front()) < 0x80 &&
                   value->front() != '\n' && value->front() != '\r' && value->front() != '\0';
  if (!one) refuse(key, "one character (\\t for a tab)");
  return value->front();
}

bool ConfigKeys::has(const std::string& key) const {
  const auto found = object_.find(key);
  return found != object_.end() && !found->is_null();
}

std::string ConfigKeys::path_of(const std::string& key) const {
  return path_.empty() ? key : path_ + "." + key;
}

void ConfigKeys::refuse(const std::string& key, std::string_view allowed) const {
  std::string value = object_.contains(key) ? object_[key].dump() : "nothing";
  if (value.size() > 100) value = value.substr(0, 100) + "…";
  throw Failure(ErrorCode::invalid_config,
                fmt::format("`{}` is {}; allowed: {}", path_of(key), value, allowed));
}

void ConfigKeys::add_unused(std::vector<std::string>& unused) const {
  for (const auto& item : object_.items()) {
    if (!taken_.contains(item.key())) unused.push_back(path_of(item.key()));
  }
}

}  // namespace wharf::connectors::source_file

#pragma once

#include <wharf/error.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace wharf::connectors::source_file {

/// The keys of one object of a configuration, taken one by one: every error names the key by its
/// whole path, the value it has and what it may have; what nobody took is unused.
class ConfigKeys {
 public:
  /// `path`: how the object is called in errors, `streams[0].format`; empty for the whole.
  ConfigKeys(const nlohmann::json& object, std::string path);

  /// The value of a key; null (absent and JSON null alike): nullptr.
  const nlohmann::json* take(const std::string& key);
  std::optional<std::string> text(const std::string& key);
  std::optional<bool> boolean(const std::string& key);
  std::optional<std::uint64_t> count(const std::string& key);
  /// A text, or a list of texts.
  std::optional<std::vector<std::string>> texts(const std::string& key);
  /// One byte of ASCII; `\t` written out is a tab. An empty text: `or_empty`, if that is allowed.
  std::optional<char> character(const std::string& key, std::optional<char> or_empty = {});

  bool has(const std::string& key) const;
  std::string path_of(const std::string& key) const;
  [[noreturn]] void refuse(const std::string& key, std::string_view allowed) const;
  void add_unused(std::vector<std::string>& unused) const;

 private:
  const nlohmann::json& object_;
  std::string path_;
  std::set<std::string> taken_;
};

}  // namespace wharf::connectors::source_file

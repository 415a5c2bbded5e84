#pragma once

#include <wharf/error.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace wharf::connection {

/// Where `${env:…}` looks; null for a name that is not set.
using Environment = std::function<const char*(const char*)>;

/// A text with its `${env:NAME}` and `${file:PATH}` replaced. `${SOURCE_NAMESPACE}` and anything
/// else in `${…}` stays as it is. Relative paths are relative to `directory`; a file's last line
/// end is dropped. Each value put in is added to `secrets`, so that logs can mask it.
Result<std::string> resolve(std::string_view text, const std::string& directory,
                            const Environment& environment, std::vector<std::string>& secrets);

/// A configuration (JSON) with the references in its strings resolved. A value is replaced as a
/// value: quotes and line ends in a secret cannot change the document.
Result<std::string> resolve_configuration(const std::string& json, const std::string& directory,
                                          const Environment& environment,
                                          std::vector<std::string>& secrets);

/// A configuration whose meaning no longer depends on where its declaration lies: `${file:…}` and,
/// in a built-in's configuration, the keys that hold paths (`path`, `folder`, `url`,
/// `destination_path`) are made absolute.
Result<std::string> anchored_configuration(const std::string& json, const std::string& directory,
                                           bool has_path_keys);

/// `~` is HOME, a relative path is relative to `directory`.
std::string absolute_path(const std::string& path, const std::string& directory);

}  // namespace wharf::connection

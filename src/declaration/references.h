#pragma once

#include <wharf/error.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace wharf::declaration {

/// Where `${env:…}` looks; nullopt-like: empty pointer for an unset name.
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

/// `~` is HOME, a relative path is relative to `directory`.
std::string absolute_path(const std::string& path, const std::string& directory);

}  // namespace wharf::declaration

#pragma once

#include "declaration/declaration.h"

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace wharf::cli {

/// The declarations that a command line names.
struct DeclaredFiles {
  std::vector<declaration::SourceFile> files;  ///< by their absolute paths
  std::vector<std::string> directories;        ///< those that were named as such
};

/// Reads files, the *.yaml and *.yml of directories, and for `-` stdin. Throws Failure
/// (invalid_argument) with what cannot be read.
DeclaredFiles read_declared(const std::vector<std::string>& paths);

/// A file of secrets: a YAML mapping of names to values, which nobody else may read. Throws
/// Failure.
nlohmann::ordered_json read_secrets(const std::string& path);

/// A file's text. Throws Failure (invalid_argument).
std::string text_of_file(const std::string& path);

}  // namespace wharf::cli

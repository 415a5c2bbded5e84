#include "cli/declared_files.h"

#include "base/private_file.h"
#include "declaration/yaml_text.h"

#include <wharf/error.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>

namespace wharf::cli {
namespace {

std::string whole_path(const std::string& path) {
  auto whole = std::filesystem::absolute(path).lexically_normal();
  if (!whole.has_filename()) whole = whole.parent_path();  // `conf/` is `conf`
  return whole.string();
}

void add_declared(const std::string& path, std::string text, DeclaredFiles& declared) {
  const bool known = std::any_of(declared.files.begin(), declared.files.end(),
                                 [&](const auto& file) { return file.path == path; });
  if (!known) declared.files.push_back({path, std::move(text)});
}

}  // namespace

std::string text_of_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw Failure(ErrorCode::invalid_argument, path + ": cannot be read");
  return {std::istreambuf_iterator<char>(in), {}};
}

DeclaredFiles read_declared(const std::vector<std::string>& paths) {
  DeclaredFiles declared;
  for (const auto& path : paths) {
    const auto whole = whole_path(path);
    if (path == "-") {
      add_declared(whole, {std::istreambuf_iterator<char>(std::cin), {}}, declared);
    } else if (std::filesystem::is_directory(whole)) {
      const auto files = declaration::files_in(whole);
      if (!files) throw Failure(ErrorCode::invalid_argument, path + ": " + files.error().message);
      if (files->empty()) {
        throw Failure(ErrorCode::invalid_argument, path + ": no *.yaml or *.yml is in it");
      }
      declared.directories.push_back(whole);
      for (const auto& file : *files) add_declared(file, text_of_file(file), declared);
    } else {
      add_declared(whole, text_of_file(whole), declared);
    }
  }
  return declared;
}

nlohmann::ordered_json read_secrets(const std::string& path) {
  std::string text;
  if (path == "-") {
    text.assign(std::istreambuf_iterator<char>(std::cin), {});
  } else {
    text = text_of_file(path);
    base::require_private_file(path).value();
  }
  const auto json = declaration::from_yaml(text);
  if (!json) throw Failure(ErrorCode::invalid_argument, path + ": " + json.error().message);
  auto secrets = nlohmann::ordered_json::parse(*json);
  if (!secrets.is_object()) {
    throw Failure(ErrorCode::invalid_argument, path + ": must map names of secrets to values");
  }
  return secrets;
}

}  // namespace wharf::cli

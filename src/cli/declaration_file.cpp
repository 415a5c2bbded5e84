#include "cli/declaration_file.h"

#include "base/nearest.h"

#include <wharf/error.h>

#include <fmt/format.h>

#include <algorithm>

namespace wharf::cli {

declaration::Declaration read_declaration(const std::string& path) {
  auto loaded = declaration::load(path);
  if (loaded.problems.empty()) return std::move(loaded.declaration);
  std::string text;
  for (const auto& problem : loaded.problems) text += "\n  " + declaration::to_string(problem);
  throw Failure(ErrorCode::invalid_config,
                fmt::format("{} {} in the declaration:{}", loaded.problems.size(),
                            loaded.problems.size() == 1 ? "problem" : "problems", text));
}

void require_connections(const declaration::Declaration& declaration,
                         const std::vector<std::string>& names) {
  std::vector<std::string_view> known;
  for (const auto& connection : declaration.connections) known.push_back(connection.name);
  for (const auto& name : names) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    throw Failure(ErrorCode::not_found, fmt::format("no connection '{}' is declared{}", name,
                                                    base::did_you_mean(name, known)));
  }
}

}  // namespace wharf::cli

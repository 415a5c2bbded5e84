#include "definition/builtin_definitions.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace wharf::definition {
namespace {

constexpr std::array<BuiltinDefinition, 4> kBuiltins{{
    {"source-faker", Kind::source, "dfd88b22-b603-4c3d-aad7-3701784586b1", "Sample Data (Faker)",
     "airbyte/source-faker", "users, products and purchases, made up, the same for the same seed",
     "faker"},
    {"source-file", Kind::source, "778daa7c-feaf-4db6-96f3-70fd645acc77",
     "File (CSV, JSON, Excel, Feather, Parquet)", "airbyte/source-file",
     "CSV, TSV and JSON-lines files: one, a glob or a directory", "file"},
    {"destination-jsonl", Kind::destination, "a625d593-bba5-4a1c-a53d-2d246268a816", "Local JSON",
     "airbyte/destination-local-json", "a JSON-lines file per stream", "local-json"},
    {"destination-sqlite", Kind::destination, "b76be0a6-27dc-4560-95f6-2623da0bd7b6",
     "Local SQLite", "airbyte/destination-sqlite", "a typed SQLite table per stream", "sqlite"},
}};

bool same_without_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

bool answers_to(const BuiltinDefinition& builtin, std::string_view name) {
  return builtin.name == name || builtin.id == name || builtin.repository == name ||
         same_without_case(builtin.airbyte_name, name);
}

}  // namespace

std::string_view name_of(Kind kind) {
  return kind == Kind::source ? "source" : "destination";
}

std::span<const BuiltinDefinition> builtin_definitions() {
  return kBuiltins;
}

const BuiltinDefinition* find_builtin(std::string_view name) {
  auto at = std::find_if(kBuiltins.begin(), kBuiltins.end(), [&](const BuiltinDefinition& builtin) {
    return answers_to(builtin, name);
  });
  return at == kBuiltins.end() ? nullptr : &*at;
}

const BuiltinDefinition* find_builtin(Kind kind, std::string_view name) {
  auto at = std::find_if(kBuiltins.begin(), kBuiltins.end(), [&](const BuiltinDefinition& builtin) {
    return builtin.kind == kind && (builtin.short_name == name || answers_to(builtin, name));
  });
  return at == kBuiltins.end() ? nullptr : &*at;
}

}  // namespace wharf::definition

#include "declaration/resources_section.h"

#include <fmt/format.h>

#include <string>
#include <utility>

namespace wharf::declaration {
namespace {

using definition::Resources;

constexpr std::string_view kResources = "resources";

constexpr std::pair<std::string_view, std::string_view> kJobs[] = {
    {"sync", definition::kSyncJob},
    {"check", definition::kCheckJob},
    {"discover", definition::kDiscoverJob},
    {"spec", definition::kSpecJob}};

template <class Value, class Parse>
void read_amount(Section& section, std::string_view key, std::optional<Value>& value, Parse parse,
                 std::string_view examples) {
  if (!section.get(key).IsDefined()) return;
  const std::string text = section.text(key);
  value = parse(text);
  if (value) return;
  section.problem(section.line_of(key),
                  fmt::format("{} must be an amount like {}, not '{}'", key, examples, text));
}

Resources amounts_in(Section& section) {
  Resources said;
  // Once by our names, once by Airbyte's.
  for (const char* name : {"cpu", "cpu_limit"}) {
    read_amount(section, name, said.milli_cpus, definition::parse_cpus, "0.5 or 500m");
  }
  for (const char* name : {"memory", "memory_limit"}) {
    read_amount(section, name, said.memory, definition::parse_memory, "512 MiB or 2Gi");
  }
  read_amount(section, "cpu_request", said.milli_cpus_request, definition::parse_cpus,
              "0.5 or 500m");
  read_amount(section, "memory_request", said.memory_request, definition::parse_memory,
              "512 MiB or 2Gi");
  return said;
}

Resources amounts_of(Section& section, std::string_view key) {
  if (!section.get(key).IsDefined()) return {};
  auto part = section.section(key, fmt::format("{} of resources", key));
  auto said = amounts_in(part);
  part.finish();
  return said;
}

}  // namespace

Resources image_resources(Section& item) {
  return amounts_of(item, kResources);
}

definition::ScopedResources scoped_resources(Section& item) {
  definition::ScopedResources said;
  if (!item.get(kResources).IsDefined()) return said;
  auto section = item.section(kResources, "resources");
  said.usual = amounts_in(section);
  for (const auto& [key, job] : kJobs) {
    const auto own = amounts_of(section, key);
    if (own != Resources{}) said.by_job.emplace(job, own);
  }
  section.finish();
  return said;
}

definition::SideResources side_resources(Section& item) {
  if (!item.get(kResources).IsDefined()) return {};
  auto section = item.section(kResources, "resources");
  const auto both = amounts_in(section);
  definition::SideResources said{definition::over(amounts_of(section, "source"), both),
                                 definition::over(amounts_of(section, "destination"), both)};
  section.finish();
  return said;
}

}  // namespace wharf::declaration

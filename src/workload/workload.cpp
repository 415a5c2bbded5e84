#include "workload/workload.h"

namespace wharf::workload {

std::string_view name_of(Verb verb) {
  switch (verb) {
    case Verb::spec:
      return "spec";
    case Verb::check:
      return "check";
    case Verb::discover:
      return "discover";
    case Verb::read:
      return "read";
    case Verb::write:
      return "write";
    case Verb::position:
      return "position";
  }
  return "spec";
}

std::string_view directory_of(Side side) {
  switch (side) {
    case Side::source:
      return "source";
    case Side::destination:
      return "dest";
    case Side::question:
      return "config";
  }
  return "config";
}

Origin origin_of(Side side) {
  switch (side) {
    case Side::source:
      return Origin::source;
    case Side::destination:
      return Origin::destination;
    case Side::question:
      return Origin::platform;
  }
  return Origin::platform;
}

std::vector<std::string> protocol_arguments(const Workload& workload,
                                            const std::filesystem::path& directory) {
  std::vector<std::string> words{std::string(name_of(workload.verb))};
  auto option = [&](const char* name, std::string_view file) {
    if (!workload.files.contains(file)) return;
    words.emplace_back(name);
    words.push_back((directory / file).string());
  };
  if (workload.verb == Verb::spec) return words;
  option("--config", kConfigFile);
  if (workload.verb == Verb::check || workload.verb == Verb::discover) return words;
  option("--catalog", kCatalogFile);
  if (workload.verb == Verb::read) option("--state", kStateFile);
  return words;
}

}  // namespace wharf::workload

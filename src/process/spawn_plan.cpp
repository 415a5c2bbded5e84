#include "process/spawn_plan.h"

#include <fmt/format.h>

namespace wharf::process {

std::vector<std::string> shim_arguments(const std::string& shim, const SpawnPlan& plan,
                                        std::optional<pid_t> parent) {
  std::vector<std::string> words{shim};
  auto option = [&](const char* name, std::string value) {
    words.emplace_back(name);
    words.push_back(std::move(value));
  };
  option("--stdin", plan.stdio.in.string());
  option("--stdout", plan.stdio.out.string());
  option("--stderr", plan.stdio.err.string());
  option("--control", plan.stdio.control.string());
  if (parent) option("--parent", std::to_string(*parent));
  if (plan.umask) option("--umask", fmt::format("{:03o}", *plan.umask));
  if (!plan.working_directory.empty()) option("--chdir", plan.working_directory.string());
  for (const auto& limit : plan.limits) {
    option("--rlimit", fmt::format("{}={}", limit.name, limit.value));
  }
  words.emplace_back("--");
  words.insert(words.end(), plan.argv.begin(), plan.argv.end());
  return words;
}

}  // namespace wharf::process

#include "launcher/connector_container.h"

#include <definition/resources.h>
#include <fmt/format.h>
#include <process/spawn_plan.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <utility>

namespace wharf::launcher {

using definition::Image;
using docker::ContainerPlan;
using workload::Medium;
using workload::Side;
using workload::Verb;
using workload::Workload;

namespace {

constexpr std::size_t kNameLimit = 63;
constexpr const char* kShimInside = "/wharf-shim";
constexpr const char* kLocalInside = "/local";
constexpr const char* kSocketsInside = "/var/run/sockets";
constexpr const char* kEntrypointVariable = "AIRBYTE_ENTRYPOINT";

const Image& image_in(const Workload& workload) {
  return std::get<Image>(workload.program);
}

std::filesystem::path inside(const Workload& workload) {
  return std::filesystem::path("/") / workload::directory_of(workload.side);
}

// Words as a shell would have them, without its substitutions.
std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  std::optional<std::string> word;
  char quote = 0;
  for (const char letter : text) {
    const bool space = quote == 0 && std::isspace(static_cast<unsigned char>(letter)) != 0;
    if (space) {
      if (word) words.push_back(*std::exchange(word, std::nullopt));
    } else if (letter == quote) {
      quote = 0;
    } else if (quote == 0 && (letter == '"' || letter == '\'')) {
      quote = letter;
      word = word.value_or("");
    } else {
      word = word.value_or("") + letter;
    }
  }
  if (word) words.push_back(*word);
  return words;
}

// What the image runs, and where: its own entrypoint stands where the image wants it, one that
// Airbyte's variable names has absolute paths and works in the connector's directory.
struct Entry {
  std::vector<std::string> words;
  std::string directory;
};

Entry entry_of(const Workload& workload, const docker::ImageFacts& image) {
  if (!image.entrypoint.empty()) return {image.entrypoint, {}};
  const auto named = image.environment.find(kEntrypointVariable);
  if (named == image.environment.end()) return {};
  return {words_of(named->second), inside(workload).string()};
}

// The same workload with the paths that its connector sees.
Workload as_seen(Workload workload) {
  if (!workload.channel) return workload;
  for (auto& path : workload.channel->socket_paths) {
    path = std::filesystem::path(kSocketsInside) / std::filesystem::path(path).filename();
  }
  return workload;
}

bool uses_sockets(const Workload& workload) {
  return workload.channel && workload.channel->medium == Medium::socket;
}

// A source makes the sockets, and a destination of another uid must be able to connect.
std::optional<mode_t> umask_of(const Workload& workload) {
  if (workload.side == Side::source && uses_sockets(workload)) return 0;
  return std::nullopt;
}

std::vector<std::string> command_of(const Workload& workload, const Entry& entry) {
  const workload::SideDirectory directory{inside(workload)};
  process::SpawnPlan plan;
  plan.argv = entry.words;
  for (auto& word : workload::protocol_arguments(workload, directory.path)) {
    plan.argv.push_back(std::move(word));
  }
  plan.stdio = {.in = directory.in(),
                .out = directory.out(),
                .err = directory.err(),
                .control = directory.control()};
  plan.umask = umask_of(workload);
  return process::shim_arguments(kShimInside, plan, std::nullopt);
}

std::vector<docker::BindMount> binds_of(const Workload& workload,
                                        const std::filesystem::path& run_directory,
                                        const workload::SideDirectory& directory,
                                        const ContainerSettings& settings) {
  std::vector<docker::BindMount> binds{{settings.shim.string(), kShimInside, true}};
  const workload::SideDirectory there{inside(workload)};
  const auto bind = [&](const std::filesystem::path& name, bool read_only) {
    binds.push_back({(directory.path / name).string(), (there.path / name).string(), read_only});
  };
  for (const auto& fifo : {there.in(), there.out(), there.err(), there.control()}) {
    bind(fifo.filename(), false);
  }
  for (const auto& [name, content] : workload.files) bind(name, true);
  if (uses_sockets(workload)) {
    binds.push_back({workload::sockets_directory(run_directory).string(), kSocketsInside, false});
  }
  if (!settings.local_mount.empty()) {
    binds.push_back({settings.local_mount.string(), kLocalInside, false});
  }
  return binds;
}

std::string_view job_type_of(Verb verb) {
  return verb == Verb::read || verb == Verb::write ? "sync" : workload::name_of(verb);
}

void add_attempt(const Workload& workload, std::map<std::string, std::string>& labels) {
  if (workload.side != Side::question) {
    labels["actor_type"] = workload.side == Side::source ? "source" : "destination";
    labels["sync_step"] = "replicate";
  }
  if (workload.connection) {
    labels["connection_id"] = labels["mutex_key"] = workload.connection->value;
  }
  if (!workload.attempt) return;
  const auto job = to_string(workload.attempt->job);
  const auto attempt = std::to_string(workload.attempt->number);
  labels["job_id"] = job;
  labels["attempt_id"] = attempt;
  if (workload.connection) {
    labels["workload_id"] = fmt::format("{}_{}_{}_sync", workload.connection->value, job, attempt);
  }
}

// As Airbyte's launcher labels its pods, and what leads back to us.
std::map<std::string, std::string> labels_of(const Workload& workload,
                                             const std::filesystem::path& run_directory,
                                             const ContainerSettings& settings) {
  const auto name = definition::image_name(image_in(workload).reference);
  std::map<std::string, std::string> labels{{"airbyte", "job-pod"},
                                            {"job_type", std::string(job_type_of(workload.verb))},
                                            {"image_name", name.repository},
                                            {"image_version", name.tag},
                                            {kRunLabel, run_directory.string()}};
  if (!settings.deployment.empty()) labels["wharf.deployment"] = settings.deployment;
  add_attempt(workload, labels);
  return labels;
}

void set_limits(const Image& image, const ContainerSettings& settings, ContainerPlan& plan) {
  const auto granted = definition::over(image.resources, settings.usual);
  plan.memory_bytes = static_cast<std::int64_t>(granted.memory.value_or(0));
  auto cpus = granted.milli_cpus;
  if (cpus && settings.host_cpus > 0) cpus = std::min(*cpus, settings.host_cpus * 1000);
  plan.nano_cpus = std::int64_t{1'000'000} * cpus.value_or(0);
  // More than the limit is refused by engines.
  auto kept = granted.memory_request;
  if (kept && granted.memory) kept = std::min(*kept, *granted.memory);
  plan.memory_reservation_bytes = static_cast<std::int64_t>(kept.value_or(0));
  // A processor weighs 1024, as an engine's own default does; fewer than 2 is no weight.
  if (const auto weight = granted.milli_cpus_request) {
    plan.cpu_shares = std::max<std::int64_t>(2, std::int64_t{*weight} * 1024 / 1000);
  }
  plan.pids = settings.pids;
}

std::string plain(std::string_view name) {
  std::string text;
  for (const char letter : name) {
    const bool fits = std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '.';
    text += fits ? letter : '-';
  }
  return text;
}

}  // namespace

std::string container_name(const Workload& workload, const std::filesystem::path& run_directory) {
  std::string end = fmt::format("-{}", workload::name_of(workload.verb));
  if (workload.attempt) {
    end += fmt::format("-{}-{}", to_string(workload.attempt->job), workload.attempt->number);
  }
  end += "-" + plain(run_directory.filename().string());
  const auto repository = definition::image_name(image_in(workload).reference).repository;
  auto name = plain(std::filesystem::path(repository).filename().string());
  if (end.size() < kNameLimit && name.size() > kNameLimit - end.size()) {
    name.resize(kNameLimit - end.size());
  }
  return name + end;
}

Result<ContainerPlan> container_plan(const Workload& workload, const docker::ImageFacts& image,
                                     const std::filesystem::path& run_directory,
                                     const workload::SideDirectory& directory,
                                     const ContainerSettings& settings) {
  const auto entry = entry_of(workload, image);
  if (entry.words.empty()) {
    return Error{ErrorCode::invalid_config,
                 fmt::format("the image '{}' has neither an entrypoint nor {}: nothing says what "
                             "is to be run in it",
                             image_in(workload).reference, kEntrypointVariable),
                 workload::origin_of(workload.side)};
  }
  ContainerPlan plan;
  plan.name = container_name(workload, run_directory);
  plan.image = image_in(workload).reference;
  plan.entrypoint = command_of(workload, entry);
  plan.working_directory = entry.directory;
  plan.environment = build_environment(as_seen(workload), {}, settings.version, inside(workload));
  plan.labels = labels_of(workload, run_directory, settings);
  plan.binds = binds_of(workload, run_directory, directory, settings);
  // Not sticky: a FIFO in such a directory could not be opened by everyone with O_CREAT.
  plan.tmpfs = {{inside(workload).string(), "rw,nosuid,nodev,mode=0777"}};
  plan.dropped_capabilities = {"ALL"};
  plan.security = {"no-new-privileges"};
  plan.network = settings.network;
  set_limits(image_in(workload), settings, plan);
  return plan;
}

}  // namespace wharf::launcher

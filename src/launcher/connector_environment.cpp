#include "launcher/connector_environment.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdlib>

namespace wharf::launcher {

using workload::Medium;
using workload::Verb;
using workload::Workload;

namespace {

constexpr const char* kDefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

std::string image_of(const Workload& workload) {
  if (const auto* builtin = std::get_if<definition::Builtin>(&workload.program)) {
    return fmt::format("wharf/{}:builtin", builtin->name);
  }
  if (const auto* image = std::get_if<definition::Image>(&workload.program)) {
    return image->reference;
  }
  const auto& argv = std::get<definition::Command>(workload.program).argv;
  const auto program = argv.empty() ? std::filesystem::path() : std::filesystem::path(argv.front());
  // Connectors split this at its colon, so it has one.
  return fmt::format("local/{}:command", program.filename().string());
}

void add_sync_words(const Workload& workload, Environment& environment) {
  environment["DEPLOYMENT_MODE"] = "OSS";
  environment["WORKER_CONNECTOR_IMAGE"] = image_of(workload);
  environment["USE_STREAM_CAPABLE_STATE"] = "true";
  environment["USE_FILE_TRANSFER"] = "false";
  environment["CONCURRENT_SOURCE_STREAM_READ"] = "false";
  if (workload.attempt) {
    environment["WORKER_JOB_ID"] = to_string(workload.attempt->job);
    environment["WORKER_JOB_ATTEMPT"] = std::to_string(workload.attempt->number);
  }
}

void add_channel(const workload::DataChannel& channel, Environment& environment) {
  environment["DATA_CHANNEL_MEDIUM"] = workload::name_of(channel.medium);
  // On stdio there are JSON lines only, whatever the two ends have in common.
  const bool socket = channel.medium == Medium::socket;
  environment["DATA_CHANNEL_FORMAT"] =
      record::name_of(socket ? channel.form : record::WireForm::jsonl);
  if (socket) {
    environment["DATA_CHANNEL_SOCKET_PATHS"] =
        fmt::format("{}", fmt::join(channel.socket_paths, ","));
  }
}

}  // namespace

Environment host_environment() {
  Environment host{{"PATH", kDefaultPath}};
  for (const char* name : {"PATH", "HOME", "TZ", "LANG", "http_proxy", "https_proxy", "no_proxy",
                           "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"}) {
    if (const char* value = std::getenv(name)) host[name] = value;
  }
  return host;
}

Environment build_environment(const Workload& workload, const Environment& host,
                              const std::string& version, const std::filesystem::path& directory) {
  Environment environment = host;
  environment["AIRBYTE_EDITION"] = "COMMUNITY";
  environment["AIRBYTE_VERSION"] = version;
  environment["AIRBYTE_ENABLE_UNSAFE_CODE"] = "false";
  environment["JAVA_OPTS"] = "-XX:+ExitOnOutOfMemoryError";
  environment["LOG_LEVEL"] = workload.log_level;
  const bool sync = workload.verb == Verb::read || workload.verb == Verb::write;
  if (sync) add_sync_words(workload, environment);
  if (!sync) environment["OPERATION_TYPE"] = workload::name_of(workload.verb);
  if (const auto* added = definition::environment_of(workload.program)) {
    for (const auto& [name, value] : *added) environment[name] = value;
  }
  for (const char* name :
       {"DATA_CHANNEL_MEDIUM", "DATA_CHANNEL_FORMAT", "DATA_CHANNEL_SOCKET_PATHS",
        "NAMESPACE_MAPPING_CONFIG_PATH", "WHARF_CONTEXT"}) {
    environment.erase(name);
  }
  if (workload.channel) add_channel(*workload.channel, environment);
  auto name_file = [&](const char* name, std::string_view file) {
    if (workload.files.contains(file)) environment[name] = (directory / file).string();
  };
  name_file("NAMESPACE_MAPPING_CONFIG_PATH", workload::kNamespaceMappingFile);
  name_file("WHARF_CONTEXT", workload::kContextFile);
  return environment;
}

}  // namespace wharf::launcher

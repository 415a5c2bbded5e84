#include "docker/engine_json.h"

#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>

#include "base/text.h"

namespace wharf::docker {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kShownBytes = 2000;
constexpr std::size_t kMessageBytes = 4000;

EngineError bad_answer_of(std::string_view question, std::string_view body) {
  return {EngineFault::bad_answer,
          fmt::format("the engine answered {} with what cannot be understood: {}", question,
                      shown(body))};
}

const Json& member(const Json& json, const char* name) {
  static const Json kNull;
  if (!json.is_object()) return kNull;
  const auto found = json.find(name);
  return found == json.end() ? kNull : *found;
}

bool flag_in(const Json& json, const char* name) {
  const auto& value = member(json, name);
  return value.is_boolean() && value.get<bool>();
}

int int_in(const Json& json, const char* name) {
  const auto& value = member(json, name);
  return value.is_number_integer() ? value.get<int>() : 0;
}

// A list of texts; a single text is a list of one, as old images have it.
std::vector<std::string> texts_in(const Json& json, const char* name) {
  const auto& value = member(json, name);
  std::vector<std::string> texts;
  if (value.is_string()) texts.push_back(value.get<std::string>());
  if (!value.is_array()) return texts;
  for (const auto& one : value) {
    if (one.is_string()) texts.push_back(one.get<std::string>());
  }
  return texts;
}

std::map<std::string, std::string> map_in(const Json& json, const char* name) {
  std::map<std::string, std::string> map;
  for (const auto& [key, value] : object_in(json, name).items()) {
    if (value.is_string()) map[key] = value.get<std::string>();
  }
  return map;
}

std::map<std::string, std::string> environment_in(const Json& json) {
  std::map<std::string, std::string> environment;
  for (const auto& line : texts_in(json, "Env")) {
    const auto sign = line.find('=');
    const auto name = line.substr(0, sign);
    environment[name] = sign == std::string::npos ? std::string() : line.substr(sign + 1);
  }
  return environment;
}

std::string without_slash(std::string name) {
  if (name.starts_with('/')) name.erase(0, 1);
  return name;
}

// `x86_64`, as the kernel says it → `amd64`, as images do.
std::string architecture_of(const std::string& machine) {
  if (machine == "x86_64") return "amd64";
  if (machine == "aarch64") return "arm64";
  if (machine.starts_with("armv")) return "arm";
  if (machine == "i386" || machine == "i686") return "386";
  return machine;
}

bool has_option(const std::vector<std::string>& options, std::string_view name) {
  for (const auto& option : options) {
    if (option == name) return true;
  }
  return false;
}

}  // namespace

std::string text_in(const Json& json, const char* name) {
  const auto& value = member(json, name);
  return value.is_string() ? value.get<std::string>() : std::string();
}

std::uint64_t count_in(const Json& json, const char* name) {
  const auto& value = member(json, name);
  if (value.is_number_unsigned()) return value.get<std::uint64_t>();
  return 0;
}

const Json& object_in(const Json& json, const char* name) {
  static const Json kNone = Json::object();
  const auto& value = member(json, name);
  return value.is_object() ? value : kNone;
}

std::string shown(std::string_view text) {
  std::string plain(base::clip(base::trim(text), kShownBytes));
  for (char& c : plain) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = ' ';
  }
  return plain.empty() ? "(nothing)" : plain;
}

std::string message_in(std::string_view body) {
  const auto json = Json::parse(body, nullptr, false);
  auto message = text_in(json, "message");
  if (message.empty()) message = text_in(json, "cause");
  if (message.empty()) return shown(body);
  return std::string(base::clip(message, kMessageBytes));
}

EngineResult<ApiVersion> api_version_in(std::string_view text) {
  ApiVersion version;
  const char* const end = text.data() + text.size();
  const auto major = std::from_chars(text.data(), end, version.major_number);
  if (major.ec != std::errc() || major.ptr == end || *major.ptr != '.') {
    return bad_answer_of("which API version it speaks", text);
  }
  const auto minor = std::from_chars(major.ptr + 1, end, version.minor_number);
  if (minor.ec != std::errc() || minor.ptr != end || version.minor_number < 0) {
    return bad_answer_of("which API version it speaks", text);
  }
  return version;
}

EngineResult<EngineInfo> engine_info_in(std::string_view body) {
  const auto json = Json::parse(body, nullptr, false);
  EngineInfo info;
  info.os = text_in(json, "OSType");
  info.architecture = architecture_of(text_in(json, "Architecture"));
  if (info.os.empty() || info.architecture.empty()) return bad_answer_of("what it is", body);
  info.version = text_in(json, "ServerVersion");
  info.cgroup_version = text_in(json, "CgroupVersion");
  info.root_directory = text_in(json, "DockerRootDir");
  info.default_runtime = text_in(json, "DefaultRuntime");
  for (const auto& [name, runtime] : object_in(json, "Runtimes").items()) {
    info.runtimes.push_back(name);
  }
  info.security_options = texts_in(json, "SecurityOptions");
  info.processors = int_in(json, "NCPU");
  info.memory_bytes = count_in(json, "MemTotal");
  info.rootless = flag_in(json, "Rootless") || has_option(info.security_options, "name=rootless");
  return info;
}

EngineResult<ImageFacts> image_facts_in(std::string_view body) {
  const auto json = Json::parse(body, nullptr, false);
  ImageFacts facts;
  facts.id = text_in(json, "Id");
  if (facts.id.empty()) return bad_answer_of("what the image is", body);
  if (!facts.id.starts_with("sha256:")) facts.id.insert(0, "sha256:");
  facts.repo_digests = texts_in(json, "RepoDigests");
  facts.architecture = architecture_of(text_in(json, "Architecture"));
  facts.os = text_in(json, "Os");
  const auto& config = object_in(json, "Config");
  facts.entrypoint = texts_in(config, "Entrypoint");
  facts.command = texts_in(config, "Cmd");
  facts.environment = environment_in(config);
  facts.labels = map_in(config, "Labels");
  facts.working_directory = text_in(config, "WorkingDir");
  facts.user = text_in(config, "User");
  return facts;
}

EngineResult<ContainerState> container_state_in(std::string_view body) {
  const auto json = Json::parse(body, nullptr, false);
  const auto& state = object_in(json, "State");
  ContainerState container;
  container.id = text_in(json, "Id");
  container.status = text_in(state, "Status");
  if (container.id.empty() || container.status.empty()) {
    return bad_answer_of("how the container stands", body);
  }
  container.name = without_slash(text_in(json, "Name"));
  container.image_id = text_in(json, "Image");
  container.running = flag_in(state, "Running");
  container.out_of_memory = flag_in(state, "OOMKilled");
  container.exit_code = int_in(state, "ExitCode");
  container.pid = int_in(state, "Pid");
  container.error = text_in(state, "Error");
  container.started_at = text_in(state, "StartedAt");
  container.finished_at = text_in(state, "FinishedAt");
  container.labels = map_in(object_in(json, "Config"), "Labels");
  return container;
}

EngineResult<std::vector<ListedContainer>> container_list_in(std::string_view body) {
  const auto json = Json::parse(body, nullptr, false);
  if (!json.is_array()) return bad_answer_of("which containers there are", body);
  std::vector<ListedContainer> all;
  for (const auto& one : json) {
    ListedContainer container;
    container.id = text_in(one, "Id");
    if (container.id.empty()) return bad_answer_of("which containers there are", body);
    const auto names = texts_in(one, "Names");
    if (!names.empty()) container.name = without_slash(names.front());
    container.image = text_in(one, "Image");
    container.status = text_in(one, "State");
    container.labels = map_in(one, "Labels");
    all.push_back(std::move(container));
  }
  return all;
}

EngineResult<EngineEvent> event_in(std::string_view line) {
  const auto json = Json::parse(line, nullptr, false);
  EngineEvent event;
  event.type = text_in(json, "Type");
  event.action = text_in(json, "Action");
  if (event.type.empty() || event.action.empty()) return bad_answer_of("what happens", line);
  const auto& actor = object_in(json, "Actor");
  event.id = text_in(actor, "ID");
  event.attributes = map_in(actor, "Attributes");
  event.at = static_cast<std::int64_t>(count_in(json, "timeNano"));
  return event;
}

EngineResult<std::string> new_id_in(std::string_view body) {
  auto id = text_in(Json::parse(body, nullptr, false), "Id");
  if (id.empty()) return bad_answer_of("what it has made", body);
  return id;
}

EngineResult<int> exit_code_in(std::string_view body) {
  const auto json = Json::parse(body, nullptr, false);
  if (const auto wrong = text_in(object_in(json, "Error"), "Message"); !wrong.empty()) {
    return EngineError{EngineFault::failed, "the engine says: " + wrong};
  }
  if (!member(json, "StatusCode").is_number_integer()) return bad_answer_of("how it ended", body);
  return int_in(json, "StatusCode");
}

}  // namespace wharf::docker

#include "daemon/settings.h"

#include "api/guard.h"
#include "base/quantity.h"
#include "base/text.h"
#include "daemon/endpoint.h"
#include "declaration/section.h"
#include "definition/resources.h"
#include "docker/engine_address.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <charconv>

namespace wharf::daemon {
namespace {

using declaration::Problem;
using declaration::Section;

constexpr std::uint64_t kLeastLine = 64 << 10;

std::string absolute_to(const std::string& file, const std::string& path) {
  if (path.empty()) return path;
  return (std::filesystem::absolute(file).parent_path() / path).lexically_normal().string();
}

int number(Section& section, std::string_view key, int fallback, int least, int most) {
  if (!section.get(key).IsDefined()) return fallback;
  const std::string text = section.text(key);
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size() && value >= least && value <= most)
    return value;
  section.problem(section.line_of(key), fmt::format("{} must be a number from {} to {}, not '{}'",
                                                    key, least, most, text));
  return fallback;
}

// An amount with its unit: `64 MiB`, `90 days`.
template <class Amount, class Parse>
void amount(Section& section, std::string_view key, Amount& value, Parse parse,
            std::string_view example) {
  if (!section.get(key).IsDefined()) return;
  const std::string text = section.text(key);
  if (const auto parsed = parse(text)) {
    value = *parsed;
    return;
  }
  section.problem(section.line_of(key),
                  fmt::format("{} must be an amount like {}, not '{}'", key, example, text));
}

void bytes(Section& section, std::string_view key, std::uint64_t& value) {
  amount(section, key, value, base::parse_bytes, "64 MiB");
}

void duration(Section& section, std::string_view key, std::chrono::milliseconds& value) {
  amount(section, key, value, base::parse_duration, "90 days");
}

void read_limits(Section& section, Settings& settings) {
  auto& limits = settings.liveness;
  auto part = section.section("limits", "limits");
  duration(part, "source_idle", limits.source_idle);
  duration(part, "destination_idle", limits.destination_idle);
  duration(part, "attempt", limits.attempt);
  bytes(part, "line", settings.line_limit);
  if (settings.line_limit < kLeastLine) {
    part.problem(part.line_of("line"), "line must be 64 KiB or more: states are lines, too");
  }
  part.finish();
}

// What the daemon keeps, and for how long.
void read_upkeep(Section& section, Settings& settings) {
  auto logs = section.section("logs", "logs");
  bytes(logs, "per_job", settings.logs.per_job);
  bytes(logs, "total", settings.logs.total);
  duration(logs, "keep", settings.logs.keep);
  logs.finish();
  auto retention = section.section("retention", "retention");
  duration(retention, "jobs", settings.retention.jobs);
  duration(retention, "events", settings.retention.events);
  duration(retention, "answers", settings.retention.answers);
  retention.finish();
  auto backup = section.section("backup", "backup");
  duration(backup, "every", settings.backup.every);
  settings.backup.keep = number(backup, "keep", settings.backup.keep, 1, 1000);
  backup.finish();
  auto disk = section.section("disk", "disk");
  bytes(disk, "minimum_free", settings.minimum_free);
  disk.finish();
  auto chores = section.section("chores", "chores");
  duration(chores, "every", settings.chores_every);
  chores.finish();
}

void read_shutdown(Section& section, Settings& settings) {
  auto part = section.section("shutdown", "shutdown");
  duration(part, "drain", settings.drain);
  part.finish();
}

void read_auto_disable(Section& section, job::AutoDisablePolicy& policy) {
  auto part = section.section("auto_disable", "auto_disable");
  policy.failed_jobs = number(part, "failed_jobs", policy.failed_jobs, 0, 1'000'000);
  policy.days = number(part, "days", policy.days, 0, 36'500);
  policy.failed_jobs_warning =
      number(part, "failed_jobs_warning", policy.failed_jobs_warning, 0, 1'000'000);
  policy.days_warning = number(part, "days_warning", policy.days_warning, 0, 36'500);
  part.finish();
}

void read_docker(Section& section, const std::string& path, DockerSettings& settings) {
  auto part = section.section("docker", "docker");
  settings.host = part.text("host", settings.host);
  if (const auto socket = docker::engine_socket(settings.host); !socket) {
    part.problem(part.line_of("host"), socket.error().message);
  }
  settings.network = part.text("network", settings.network);
  settings.registry_auth = absolute_to(path, part.text("registry_auth"));
  if (part.get("cpu").IsDefined()) {
    int thousandths = 0;
    amount(part, "cpu", thousandths, definition::parse_cpus, "0.5 or 500m");
    settings.usual.milli_cpus = thousandths;
  }
  std::uint64_t memory = settings.usual.memory.value_or(0);
  amount(part, "memory", memory, definition::parse_memory, "512 MiB or 2Gi");
  settings.usual.memory = memory;
  settings.pids = number(part, "pids", static_cast<int>(settings.pids), 16, 4'000'000);
  part.finish();
  auto connectors = section.section("connectors", "connectors");
  settings.local_mount = absolute_to(path, connectors.text("local_mount"));
  connectors.finish();
}

// Its host is one of ours, or nobody could follow a link.
void read_public_url(Section& section, Settings& settings) {
  std::string url = section.text("public_url");
  if (url.empty()) return;
  while (url.ends_with('/')) url.pop_back();
  const auto scheme = url.find("://");
  const bool known = url.starts_with("http://") || url.starts_with("https://");
  const auto rest = known ? url.substr(scheme + 3) : "";
  const auto host = rest.substr(0, rest.find('/'));
  if (host.empty() || url.find_first_of("?#\"\\ \t\r\n@") != std::string::npos) {
    section.problem(section.line_of("public_url"),
                    fmt::format("public_url must be like https://wharf.example, not '{}'", url));
    return;
  }
  settings.hosts.push_back(api::host_name(host));
  settings.public_url = std::move(url);
}

void read_authentication(Section& section, const std::string& path, Settings& settings) {
  settings.authenticate = section.word("authentication", {"tokens", "none"}, "tokens") == "tokens";
  if (!settings.authenticate && !settings.hosts.empty()) {
    section.problem(section.line_of("authentication"),
                    "authentication: none is for this machine alone, and hosts lead others here: "
                    "leave out one of them");
  }
  auto basic = section.section("basic", "basic");
  settings.basic_user = basic.text("user");
  settings.basic_password_file = absolute_to(path, basic.text("password_file"));
  if (settings.basic_user.empty() != settings.basic_password_file.empty())
    section.problem(section.line_of("basic"), "basic needs a user and a password_file");
  if (settings.basic_user.find(':') != std::string::npos)
    section.problem(section.line_of("basic"), "the user of basic may have no colon");
  basic.finish();
  const auto listed = section.get("tokens");
  auto tokens = section.section("tokens", "tokens");
  if (listed.IsDefined() && listed.IsMap()) {
    for (const auto& entry : listed) {
      const auto name = entry.first.as<std::string>();
      auto token = tokens.section(name, fmt::format("token '{}'", name));
      settings.tokens.push_back({name,
                                 token.word("role", {"reader", "operator", "admin"}, "reader"),
                                 absolute_to(path, token.required_text("file"))});
      token.finish();
    }
  }
  tokens.finish();
}

Settings read(Section section, const std::string& path) {
  Settings settings;
  settings.data_dir = absolute_to(path, section.text("data_dir"));
  settings.declarations = absolute_to(path, section.text("declarations", settings.declarations));
  settings.listen = section.text("listen", settings.listen);
  settings.secret_key_file = absolute_to(path, section.text("secret_key_file"));
  for (const auto& host : section.texts("hosts")) settings.hosts.push_back(base::to_lower(host));
  read_public_url(section, settings);
  settings.insecure = section.word("insecure", {"true", "false"}, "false") == "true";
  read_authentication(section, path, settings);
  settings.max_sync_workers =
      number(section, "max_sync_workers", settings.max_sync_workers, 1, 512);
  settings.max_check_workers =
      number(section, "max_check_workers", settings.max_check_workers, 1, 64);
  settings.metrics = section.word("metrics", {"loopback", "open", "token"}, settings.metrics);
  settings.socket = absolute_to(path, section.text("socket"));
  read_upkeep(section, settings);
  read_limits(section, settings);
  read_shutdown(section, settings);
  read_auto_disable(section, settings.auto_disable);
  read_docker(section, path, settings.docker);
  if (section.get("timezone").IsDefined()) {
    auto zone = schedule::TimeZone::find(section.text("timezone"));
    if (zone) {
      settings.timezone = std::move(*zone);
    } else {
      section.problem(section.line_of("timezone"), zone.error().message);
    }
  }
  section.finish();
  return settings;
}

}  // namespace

Result<Settings> load_settings(const std::string& path, bool may_be_missing) {
  std::error_code unseen;
  if (may_be_missing && !std::filesystem::exists(path, unseen) && !unseen) return Settings{};
  std::vector<Problem> problems;
  Settings settings;
  try {
    const YAML::Node root = YAML::LoadFile(path);
    if (!root.IsNull()) settings = read(Section(root, "the settings", path, problems), path);
  } catch (const YAML::BadFile&) {
    problems.push_back({{path, 0}, "cannot be read"});
  } catch (const YAML::Exception& broken) {
    problems.push_back({{path, broken.mark.line + 1}, "no YAML: " + broken.msg});
  }
  if (!problems.empty()) return as_error(problems);
  return settings;
}

}  // namespace wharf::daemon

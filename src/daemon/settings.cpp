#include "daemon/settings.h"

#include "base/text.h"
#include "daemon/endpoint.h"
#include "declaration/section.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <charconv>

namespace wharf::daemon {
namespace {

using declaration::Problem;
using declaration::Section;

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

Settings read(Section section, const std::string& path) {
  Settings settings;
  settings.data_dir = absolute_to(path, section.text("data_dir"));
  settings.declarations = absolute_to(path, section.text("declarations", settings.declarations));
  settings.listen = section.text("listen", settings.listen);
  settings.secret_key_file = absolute_to(path, section.text("secret_key_file"));
  for (const auto& host : section.texts("hosts")) settings.hosts.push_back(base::to_lower(host));
  settings.max_sync_workers =
      number(section, "max_sync_workers", settings.max_sync_workers, 1, 512);
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
  if (may_be_missing && !std::filesystem::exists(path)) return Settings{};
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

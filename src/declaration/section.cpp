#include "declaration/section.h"

#include "base/nearest.h"

#include <fmt/format.h>

#include <algorithm>

namespace wharf::declaration {

Section::Section(YAML::Node node, std::string what, std::string file,
                 std::vector<Problem>& problems)
    : node_(std::move(node)),
      what_(std::move(what)),
      file_(std::move(file)),
      line_(node_.IsDefined() ? node_.Mark().line + 1 : 0),
      is_map_(node_.IsDefined() && node_.IsMap()),
      problems_(&problems) {
  if (!is_map_ && node_.IsDefined() && !node_.IsNull()) {
    problem(line_, fmt::format("{} must be a mapping of keys to values", what_));
  }
}

void Section::problem(int line, std::string message) {
  problems_->push_back({{file_, line}, std::move(message)});
}

YAML::Node Section::get(std::string_view key) {
  asked_.emplace_back(key);
  if (!is_map_) return YAML::Node(YAML::NodeType::Undefined);
  const YAML::Node& map = node_;
  return map[std::string(key)];
}

int Section::line_of(std::string_view key) const {
  if (is_map_) {
    for (const auto& entry : node_) {
      if (entry.first.Scalar() == key) return entry.first.Mark().line + 1;
    }
  }
  return line_;
}

std::string Section::text(std::string_view key, std::string fallback) {
  const YAML::Node node = get(key);
  if (!node.IsDefined() || node.IsNull()) return fallback;
  if (node.IsScalar()) return node.Scalar();
  problem(line_of(key), fmt::format("{} of {} must be a text", key, what_));
  return fallback;
}

std::string Section::required_text(std::string_view key) {
  std::string value = text(key);
  if (value.empty()) problem(line_, fmt::format("{} needs a {}", what_, key));
  return value;
}

bool Section::flag(std::string_view key, bool fallback) {
  const YAML::Node node = get(key);
  if (!node.IsDefined() || node.IsNull()) return fallback;
  if (node.IsScalar() && node.Scalar() == "true") return true;
  if (node.IsScalar() && node.Scalar() == "false") return false;
  problem(line_of(key), fmt::format("{} of {} must be true or false", key, what_));
  return fallback;
}

std::vector<std::string> Section::texts(std::string_view key) {
  const YAML::Node node = get(key);
  std::vector<std::string> list;
  if (!node.IsDefined() || node.IsNull()) return list;
  if (node.IsScalar()) return {node.Scalar()};
  if (!node.IsSequence()) {
    problem(line_of(key), fmt::format("{} of {} must be a list of texts", key, what_));
    return list;
  }
  for (const auto& item : node) {
    if (item.IsScalar()) {
      list.push_back(item.Scalar());
    } else {
      problem(item.Mark().line + 1, fmt::format("{} of {} must be a list of texts", key, what_));
    }
  }
  return list;
}

std::string Section::word(std::string_view key, std::vector<std::string_view> words,
                          std::string fallback) {
  std::string value = text(key, fallback);
  if (std::find(words.begin(), words.end(), value) == words.end()) {
    problem(line_of(key), fmt::format("{} of {} is '{}', must be one of: {}{}", key, what_, value,
                                      fmt::join(words, ", "), base::did_you_mean(value, words)));
    return fallback;
  }
  return value;
}

Section Section::section(std::string_view key, std::string what) {
  return Section(get(key), std::move(what), file_, *problems_);
}

Section Section::item(const YAML::Node& node, std::string what) {
  return Section(node, std::move(what), file_, *problems_);
}

void Section::finish() {
  if (!is_map_) return;
  std::vector<std::string_view> known(asked_.begin(), asked_.end());
  std::set<std::string> seen;
  for (const auto& entry : node_) {
    const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : "?";
    const int line = entry.first.Mark().line + 1;
    if (!seen.insert(key).second) {
      problem(line, fmt::format("key '{}' stands twice in {}", key, what_));
    }
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      problem(line,
              fmt::format("unknown key '{}' in {}{}", key, what_, base::did_you_mean(key, known)));
    }
  }
}

}  // namespace wharf::declaration

#include "declaration/yaml_text.h"

#include "declaration/yaml_json.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <string_view>

namespace wharf::declaration {
namespace {

using TextJson = nlohmann::ordered_json;

bool is_plain(const std::string& text) {
  static const std::regex form(R"([A-Za-z_/][A-Za-z0-9_./-]*( [A-Za-z0-9_./-]+)*)");
  static const std::set<std::string, std::less<>> kWords{"true", "false", "null", "yes", "no",
                                                         "on",   "off",   "y",    "n"};
  std::string small = text;
  std::transform(small.begin(), small.end(), small.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text.size() < 200 && std::regex_match(text, form) && kWords.count(small) == 0;
}

// One with quotes in it, but no control characters, reads better in single ones.
std::string quoted_text(const std::string& text) {
  const bool has_control = std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7f;
  });
  if (has_control || text.find('"') == std::string::npos) {
    return TextJson(text).dump(-1, ' ', false, TextJson::error_handler_t::replace);
  }
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? "''" : std::string(1, c);
  return out + "'";
}

std::string leaf_text(const TextJson& leaf) {
  if (!leaf.is_string()) return leaf.dump();
  const auto& text = leaf.get_ref<const std::string&>();
  return is_plain(text) ? text : quoted_text(text);
}

bool has_objects(const TextJson& list) {
  return std::any_of(list.begin(), list.end(), [](const TextJson& item) {
    return item.is_object() || (item.is_array() && has_objects(item));
  });
}

std::string in_a_line(const TextJson& node) {
  if (!node.is_array()) return leaf_text(node);
  std::string out = "[";
  for (const auto& item : node) out += (out.size() > 1 ? ", " : "") + in_a_line(item);
  return out + "]";
}

void write_block(const TextJson& node, std::size_t depth, std::string& out);

// What stands after `key:` or `-`, its line end included.
void write_value(const TextJson& value, std::size_t depth, std::string& out) {
  if (value.is_object() && value.empty()) {
    out += " {}\n";
  } else if (value.is_object() || (value.is_array() && has_objects(value))) {
    out += '\n';
    write_block(value, depth, out);
  } else {
    out += ' ' + in_a_line(value) + '\n';
  }
}

void write_block(const TextJson& node, std::size_t depth, std::string& out) {
  const std::string indent(depth * 2, ' ');
  if (node.is_object()) {
    for (const auto& [key, value] : node.items()) {
      out += indent + leaf_text(TextJson(key)) + ':';
      write_value(value, depth + 1, out);
    }
    return;
  }
  for (const auto& item : node) {
    const auto begin = out.size();
    out += indent + '-';
    if (!item.is_object() || item.empty()) {
      write_value(item, depth + 1, out);
      continue;
    }
    out.resize(begin);
    write_block(item, depth + 1, out);
    out[begin + depth * 2] = '-';  // in the place of the first key's indent
  }
}

}  // namespace

Result<std::string> from_yaml(const std::string& text) {
  try {
    std::map<std::string, int> lines;
    return to_json(YAML::Load(text), "", lines).dump();
  } catch (const YAML::Exception& broken) {
    return Error{ErrorCode::invalid_config,
                 fmt::format("line {}: no YAML: {}", broken.mark.line + 1, broken.msg)};
  }
}

std::string to_yaml(const TextJson& json) {
  std::string out;
  write_block(json, 0, out);
  return out;
}

}  // namespace wharf::declaration

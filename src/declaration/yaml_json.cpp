#include "declaration/yaml_json.h"

#include <yaml-cpp/yaml.h>

#include <nlohmann/json.hpp>
#include <regex>

namespace wharf::declaration {
namespace {

using Json = nlohmann::ordered_json;

std::string escaped(const std::string& key) {  // RFC 6901
  std::string out;
  for (char c : key) {
    if (c == '~')
      out += "~0";
    else if (c == '/')
      out += "~1";
    else
      out += c;
  }
  return out;
}

Json scalar(const YAML::Node& node) {
  const std::string& text = node.Scalar();
  if (node.Tag() == "!") return text;  // quoted
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") {
    return nullptr;
  }
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  static const std::regex number(R"(-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?)");
  if (std::regex_match(text, number)) {
    Json parsed = Json::parse(text, nullptr, false);
    if (!parsed.is_discarded()) return parsed;
  }
  return text;
}

}  // namespace

Json to_json(const YAML::Node& node, const std::string& pointer,
             std::map<std::string, int>& lines) {
  lines[pointer] = node.Mark().line + 1;
  switch (node.Type()) {
    case YAML::NodeType::Scalar:
      return scalar(node);
    case YAML::NodeType::Sequence: {
      Json list = Json::array();
      std::size_t index = 0;
      for (const auto& item : node) {
        list.push_back(to_json(item, pointer + "/" + std::to_string(index++), lines));
      }
      return list;
    }
    case YAML::NodeType::Map: {
      Json map = Json::object();
      for (const auto& entry : node) {
        const std::string& key = entry.first.Scalar();
        map[key] = to_json(entry.second, pointer + "/" + escaped(key), lines);
        lines[pointer + "/" + escaped(key)] = entry.first.Mark().line + 1;
      }
      return map;
    }
    default:
      return nullptr;
  }
}

}  // namespace wharf::declaration

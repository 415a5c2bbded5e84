#include "protocol/schema_words.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "protocol/json_writer.h"

namespace wharf::protocol {

using Json = nlohmann::json;

std::string_view with_article(std::string_view type) {
  if (type == "string") return "a string";
  if (type == "number") return "a number";
  if (type == "integer") return "an integer";
  if (type == "object") return "an object";
  if (type == "array") return "an array";
  if (type == "boolean") return "true or false";
  return "null";
}

std::string_view kind_of(const Json& value) {
  if (value.is_boolean()) return "a boolean";
  if (value.is_number_integer()) return "an integer";
  return with_article(value.type_name());
}

bool has_type(const Json& value, std::string_view type) {
  if (type == "integer") {
    return value.is_number_integer() ||
           (value.is_number_float() && std::trunc(value.get<double>()) == value.get<double>());
  }
  return value.type_name() == type;
}

std::vector<std::string> types_of(const Json& schema) {
  if (!schema.is_object() || !schema.contains("type")) return {};
  const Json& type = schema["type"];
  if (type.is_string()) return {type.get<std::string>()};
  return type.get<std::vector<std::string>>();
}

std::string joined(const std::vector<std::string>& words, std::string_view last) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? last : ", ";
    text += words[i];
  }
  return text;
}

std::string shown(const Json& value) {
  constexpr std::size_t kLengthMax = 60;
  if (!value.is_string()) return value.dump();
  const auto& text = value.get_ref<const std::string&>();
  std::size_t length = std::min(text.size(), kLengthMax);
  while (length < text.size() && (static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80U) {
    --length;
  }
  std::string out;
  append_json_string(out, text.substr(0, length) + (length < text.size() ? "…" : ""));
  return out;
}

std::string choices(const Json& allowed) {
  std::vector<std::string> words;
  for (const Json& each : allowed) words.push_back(each.is_structured() ? "…" : shown(each));
  return words.size() == 1 ? words.front() : "one of " + joined(words, ", ");
}

std::size_t code_points(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

}  // namespace wharf::protocol

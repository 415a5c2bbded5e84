#include "protocol/json_compare.h"

#include <algorithm>
#include <map>
#include <string>

#include "protocol/decimal.h"
#include "protocol/json_node.h"
#include "protocol/json_scan.h"

namespace wharf::protocol {
namespace {

bool same(const JsonNode& a, const JsonNode& b);

bool same_members(const JsonNode& a, const JsonNode& b) {
  const auto by_name = [](const JsonNode& object) {
    std::map<std::string, JsonNode> members;
    for (const JsonNode& member : object.members()) {
      members.insert_or_assign(member.name(), member);
    }
    return members;
  };
  return std::ranges::equal(by_name(a), by_name(b), [](const auto& left, const auto& right) {
    return left.first == right.first && same(left.second, right.second);
  });
}

bool same_elements(const JsonNode& a, const JsonNode& b) {
  const auto rest = b.elements();
  auto right = rest.begin();
  for (const JsonNode& left : a.elements()) {
    if (right == rest.end() || !same(left, *right)) return false;
    ++right;
  }
  return right == rest.end();
}

bool same(const JsonNode& a, const JsonNode& b) {
  if (a.text() == b.text()) return true;
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case JsonNode::Kind::object:
      return same_members(a, b);
    case JsonNode::Kind::array:
      return same_elements(a, b);
    case JsonNode::Kind::string:
      return a.as_string() == b.as_string();
    case JsonNode::Kind::number:
      return Decimal(a.text()) == Decimal(b.text());
    case JsonNode::Kind::boolean:
      return a.as_bool() == b.as_bool();
    case JsonNode::Kind::null:
      return true;
  }
  return false;
}

}  // namespace

bool same_json(std::string_view a, std::string_view b) {
  return a == b || same(JsonNode(whole_json(a)), JsonNode(whole_json(b)));
}

}  // namespace wharf::protocol

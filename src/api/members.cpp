#include "api/members.h"

#include "api/problem.h"
#include "base/text.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace wharf::api {
namespace {

const nlohmann::json* member_of(const nlohmann::json& body, const char* name) {
  const auto at = body.find(name);
  return at == body.end() || at->is_null() ? nullptr : &*at;
}

[[noreturn]] void refuse_kind(const char* name, const char* kind) {
  throw Refused(bad_request(fmt::format("'{}' is to be {}.", name, kind)));
}

}  // namespace

std::optional<std::string> text_of(const nlohmann::json& body, const char* name) {
  const auto* member = member_of(body, name);
  if (member == nullptr) return std::nullopt;
  if (!member->is_string()) refuse_kind(name, "a text");
  return member->get<std::string>();
}

std::string required_text(const nlohmann::json& body, const char* name) {
  auto text = text_of(body, name);
  if (!text || text->empty()) throw Refused(bad_request(fmt::format("'{}' is missing.", name)));
  return std::move(*text);
}

std::optional<std::string> word_of(const nlohmann::json& body, const char* name) {
  auto text = text_of(body, name);
  if (text) text = base::to_lower(*text);
  return text;
}

std::string required_word(const nlohmann::json& body, const char* name) {
  return base::to_lower(required_text(body, name));
}

std::optional<bool> choice_of(const nlohmann::json& body, const char* name) {
  const auto* member = member_of(body, name);
  if (member == nullptr) return std::nullopt;
  if (!member->is_boolean()) refuse_kind(name, "true or false");
  return member->get<bool>();
}

const nlohmann::json* object_of(const nlohmann::json& body, const char* name) {
  const auto* member = member_of(body, name);
  if (member != nullptr && !member->is_object()) refuse_kind(name, "an object");
  return member;
}

const nlohmann::json* list_of(const nlohmann::json& body, const char* name) {
  const auto* member = member_of(body, name);
  if (member != nullptr && !member->is_array()) refuse_kind(name, "a list");
  return member;
}

std::string dump(const nlohmann::json& body) {
  return body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace wharf::api

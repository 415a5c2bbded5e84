#pragma once
// What a request's body says, member by member: absent and null are the same; what is of another
// kind than it must be is refused (400) with a sentence.

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

namespace wharf::api {

std::optional<std::string> text_of(const nlohmann::json& body, const char* name);
/// Not empty either.
std::string required_text(const nlohmann::json& body, const char* name);
/// A text in small letters: ids and names of choices.
std::optional<std::string> word_of(const nlohmann::json& body, const char* name);
std::string required_word(const nlohmann::json& body, const char* name);
std::optional<bool> choice_of(const nlohmann::json& body, const char* name);
/// Null: absent.
const nlohmann::json* object_of(const nlohmann::json& body, const char* name);
const nlohmann::json* list_of(const nlohmann::json& body, const char* name);

/// JSON as a text, whatever bytes a connector has put into it.
std::string dump(const nlohmann::json& body);

}  // namespace wharf::api

#pragma once
// The words in which a schema and a value are spoken of: "must be one of "a", "b", is a number".

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace wharf::protocol {

/// "a string", "an integer" …, for a type as a schema names it.
std::string_view with_article(std::string_view type);

/// The same for what a value is.
std::string_view kind_of(const nlohmann::json& value);

/// Whether a value is of a type; 5.0 is an integer too.
bool has_type(const nlohmann::json& value, std::string_view type);

/// The types a schema names, one or several; none if it names none.
std::vector<std::string> types_of(const nlohmann::json& schema);

/// "a, b or c", with `last` before the last word.
std::string joined(const std::vector<std::string>& words, std::string_view last);

/// A scalar as it is shown: quoted, and no longer than a line bears.
std::string shown(const nlohmann::json& value);

/// `one of "a", "b"`, or the only one there is.
std::string choices(const nlohmann::json& allowed);

/// How many characters a text has, as a schema counts them.
std::size_t code_points(std::string_view text);

}  // namespace wharf::protocol

#pragma once
// The part of a target behind `?`, and bodies of forms: the two are written alike.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wharf::api {

/// `%41` → `A`; with `plus_is_space` also `+` → ` `. None if an escape is cut short or makes a NUL.
std::optional<std::string> percent_decoded(std::string_view text, bool plus_is_space);

/// Everything but letters, digits and `-._~` as `%XX`: for links that we write ourselves.
std::string percent_encoded(std::string_view text);

/// Names and values in their order, a name possibly more than once.
class Query {
 public:
  /// None if an escape is broken.
  static std::optional<Query> parse(std::string_view text);

  /// The first value of that name. An empty one counts: `?limit=` has one.
  std::optional<std::string_view> find(std::string_view name) const;
  /// All values of that name, repeated (`a=1&a=2`) or joined by commas (`a=1,2`); empty ones are
  /// left out.
  std::vector<std::string> list(std::string_view name) const;

 private:
  std::vector<std::pair<std::string, std::string>> values_;
};

}  // namespace wharf::api

#pragma once
// What stands in the target of a question to an engine. Pure.

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace wharf::docker {

/// `a b/c:1` → `a%20b/c:1`: a name within a path. Names of images keep their '/', as engines want.
std::string in_target_path(std::string_view name);
/// A value of the query: `a/b` → `a%2Fb`.
std::string in_target_query(std::string_view value);
/// `{"label":["a=b"]}` as a value of the query.
std::string filters_in_query(const std::map<std::string, std::vector<std::string>>& filters);

}  // namespace wharf::docker

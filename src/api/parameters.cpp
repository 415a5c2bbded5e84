#include "api/parameters.h"

#include <fmt/format.h>

#include "api/problem.h"
#include "api/time_text.h"
#include "base/text.h"

namespace wharf::api {

bool flag_of(const Request& request, const char* name) {
  const auto value = base::to_lower(request.query.find(name).value_or("false"));
  if (value == "true" || value == "false") return value == "true";
  throw Refused(bad_request(fmt::format("'{}' is to be true or false, not '{}'.", name, value)));
}

std::optional<base::WallTime> time_of(const Request& request, const char* name) {
  const auto text = request.query.find(name);
  if (!text) return std::nullopt;
  const auto time = time_from(*text);
  if (!time)
    throw Refused(bad_request(fmt::format("'{}' is to be a time, not '{}'.", name, *text)));
  return time;
}

std::vector<std::string> ids_of(const Request& request, const char* name) {
  auto ids = request.query.list(name);
  for (auto& id : ids) id = base::to_lower(id);
  return ids;
}

}  // namespace wharf::api

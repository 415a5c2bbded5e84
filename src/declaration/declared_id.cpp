#include "declaration/declared_id.h"

#include "base/uuid.h"

#include <fmt/format.h>

#include <regex>

namespace wharf::declaration {

std::string declared_id(std::string_view kind, std::string_view name) {
  return base::uuid_of_name(base::kWharfSpace, fmt::format("{}/{}", kind, name));
}

bool is_uuid(std::string_view text) {
  static const std::regex form("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");
  return std::regex_match(text.begin(), text.end(), form);
}

}  // namespace wharf::declaration

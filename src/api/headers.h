#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"

namespace wharf::api {

/// Header fields in the order they came; names are found whatever their case.
class Headers {
 public:
  void add(std::string_view name, std::string_view value) {
    fields_.emplace_back(base::to_lower(name), std::string(base::trim(value)));
  }

  /// The first field of that name; `name` in small letters.
  std::optional<std::string_view> find(std::string_view name) const {
    for (const auto& [key, value] : fields_)
      if (key == name) return value;
    return std::nullopt;
  }
  std::size_t count(std::string_view name) const {
    std::size_t found = 0;
    for (const auto& field : fields_) found += field.first == name;
    return found;
  }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

}  // namespace wharf::api

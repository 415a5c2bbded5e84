#pragma once

#include <wharf/protocol/catalog.h>

#include <optional>
#include <string>
#include <vector>

namespace wharf::connection {

/// What somebody wants of one stream; what is left out gets its best value (catalog_merge).
struct StreamChoice {
  std::string name;  ///< `*`: every stream that no other choice names
  std::optional<std::string> name_space;
  std::string sync_mode;  ///< a public name; empty: the best one
  protocol::FieldPath cursor_field;
  std::vector<protocol::FieldPath> primary_key;
  std::vector<std::string> selected_fields;  ///< empty: all

  friend bool operator==(const StreamChoice&, const StreamChoice&) = default;
};

}  // namespace wharf::connection

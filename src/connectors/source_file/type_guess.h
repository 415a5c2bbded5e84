#pragma once

#include <wharf/record/schema.h>

#include <cstdint>
#include <string_view>

#include "connectors/files/input_json.h"
#include "connectors/source_file/cell.h"

namespace wharf::connectors::source_file {

/// What type a column has, by the values seen of it: the narrowest that all of them have; a string
/// if there is none, or no value was seen.
class TypeGuess {
 public:
  /// A field of a CSV file that is not null.
  void see_text(std::string_view text, const CellParser& cells);
  /// A member of a JSON object; null says nothing.
  void see_json(const files::JsonValue& value);

  record::Type type() const;

 private:
  std::uint8_t possible_ = 0xFF;  // a bit for each candidate
  bool seen_ = false;
};

}  // namespace wharf::connectors::source_file

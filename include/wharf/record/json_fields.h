#pragma once

#include <wharf/record/buffer.h>
#include <wharf/record/schema.h>
#include <wharf/record/value.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace wharf::record {

/// Writes rows of one schema as the members of a JSON object, in declared order: `"id":7,"x":null`.
/// The keys are made once; a row is copies of them, and its values. Does not change once made.
class JsonFields {
 public:
  /// `before` stands before the first key, a comma before every other, and `after` at the end.
  JsonFields(const Schema& schema, std::string_view before, std::string_view after);

  bool empty() const { return fields_.empty(); }
  /// `row` is in wire order. JSON that is laid out over lines comes on one.
  void append(std::span<const Value> row, Buffer& out) const;

 private:
  struct Field {
    std::size_t column;  // in wire order
    std::size_t size;    // of the key
    std::string key;     // `,"amount":`, and behind it zeros up to a step of copying
  };

  std::vector<Field> fields_;
  std::string after_;
  std::size_t room_;  // for all keys, all values that are no long text, and the end
};

}  // namespace wharf::record

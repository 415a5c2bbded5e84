#pragma once

#include <wharf/error.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wharf::record {

/// What a column may hold (sync-semantics 1.13, 3.3). Every column may hold null.
enum class Type : std::uint8_t {
  boolean,
  string,
  integer,
  number,
  date,
  time_tz,
  time,
  timestamp_tz,
  timestamp,
  object,
  array,
  any,  ///< unions and what has no type: carried as JSON
};
std::string_view name_of(Type type);

struct Column {
  std::string name;
  Type type = Type::any;
};

/// The columns of a stream. Immutable once made; shared by threads.
///
/// Columns stand in wire order: ascending by name, byte by byte, as positional records need it
/// (data-plane 3.5). People see them in the order of the schema: `declared()`.
class Schema {
 public:
  Schema() = default;
  /// Columns in the order people shall see them.
  explicit Schema(std::vector<Column> declared);
  /// From a stream's `json_schema`: its top-level properties. Fails when it is no JSON object.
  static Result<Schema> from_json_schema(std::string_view json_schema);

  /// In wire order.
  const std::vector<Column>& columns() const { return columns_; }
  std::size_t size() const { return columns_.size(); }
  const Column& operator[](std::size_t index) const { return columns_[index]; }
  /// Indexes into `columns()`, in the order of the schema's properties.
  const std::vector<std::uint32_t>& declared() const { return declared_; }
  std::optional<std::size_t> find(std::string_view name) const;

  /// The same as a draft-07 `json_schema`, properties in declared order, every one nullable.
  std::string to_json_schema() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::uint32_t> declared_;
};

}  // namespace wharf::record

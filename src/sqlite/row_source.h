#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "sqlite/connection.h"

struct sqlite3_context;
struct sqlite3_value;

namespace wharf::sqlite {

/// Takes the value of one cell; nothing given means null.
class Cell {
 public:
  explicit Cell(sqlite3_context* context) : context_(context) {}

  void integer(std::int64_t value) const;
  void real(double value) const;
  /// Borrowed: must stay as it is until the statement is on its next row.
  void text(std::string_view value) const;

 private:
  sqlite3_context* context_;
};

/// Rows in memory that a statement selects from like from a table. `insert into t select … from
/// rows` takes two thirds of the time of the same rows bound and stepped one by one.
class RowSource {
 public:
  virtual ~RowSource() = default;
  virtual std::size_t rows() const = 0;
  /// Must not throw: it is called from within SQLite.
  virtual void cell(std::size_t row, std::size_t column, Cell out) noexcept = 0;
};

/// Lets `source` be named in statements of `connection` as table `name` with these columns.
/// `source` must live as long as the connection. Not part of any database: others never see it.
void add_row_source(Connection& connection, const std::string& name,
                    std::span<const std::string> columns, RowSource& source);

/// A value that SQLite hands to a function of ours.
struct Datum {
  enum class Kind : std::uint8_t { integer, real, text };
  Kind kind = Kind::integer;
  std::int64_t integer = 0;
  double real = 0;
  std::string_view text;
};

/// Below 0, 0 or above 0, as `a` stands before, beside or behind `b`. Must not throw.
using Comparison = int (*)(const Datum& a, const Datum& b) noexcept;

/// Adds the function `name(a, b)` to the statements of `connection`: null if either is null.
void add_comparison(Connection& connection, const std::string& name, Comparison comparison);

}  // namespace wharf::sqlite

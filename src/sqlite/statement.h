#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "sqlite/connection.h"

struct sqlite3_stmt;

namespace wharf::sqlite {

class Run;

/// One prepared SQL statement. Three ways to use it:
///   statement.execute(id, name);                        an insert, update or delete, at once
///   auto run = statement.run(id); while (run.next())    rows; the Run resets it at its end
///   statement.bind(1, …); …; statement.step_and_reset() the inner loop of a bulk insert
/// Texts given to `execute`, `bind` are not copied: they must live until the step is done. `run`
/// copies them. Numbers of parameters count from 1, of columns from 0.
class Statement {
 public:
  Statement(Connection& connection, std::string_view sql);
  ~Statement();
  Statement(Statement&& other) noexcept;
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  template <class... Values>
  void execute(const Values&... values) {
    int index = 0;
    (bind_value(++index, values, Keep::borrowed), ...);
    check_count(index);
    step_and_reset();
  }

  template <class... Values>
  [[nodiscard]] Run run(const Values&... values);

  void bind(int index, std::int64_t value);
  void bind(int index, double value);
  void bind(int index, std::nullptr_t);
  void bind(int index, std::string_view text);  ///< borrowed until the step is done
  void bind_blob(int index, std::span<const std::byte> bytes);
  /// Runs to the end and resets, whatever happens; for statements that give no rows.
  void step_and_reset();

 private:
  friend class Run;
  enum class Keep { borrowed, copied };

  void bind_text(int index, std::string_view text, Keep keep);
  void check_count(int given) const;
  bool step();
  void reset() noexcept;

  template <class T>
  void bind_value(int index, const T& value, Keep keep) {
    if constexpr (std::same_as<T, bool> || std::integral<T>) {
      bind(index, static_cast<std::int64_t>(value));
    } else if constexpr (std::floating_point<T>) {
      bind(index, static_cast<double>(value));
    } else if constexpr (std::same_as<T, std::nullptr_t> || std::same_as<T, std::nullopt_t>) {
      bind(index, nullptr);
    } else if constexpr (requires { std::string_view(value); }) {
      bind_text(index, std::string_view(value), keep);
    } else if constexpr (requires { value.has_value(); }) {  // an optional
      if (value)
        bind_value(index, *value, keep);
      else
        bind(index, nullptr);
    } else {  // an id of base/ids.h
      bind_value(index, value.value, keep);
    }
  }

  Connection* connection_;
  sqlite3_stmt* statement_ = nullptr;
  bool running_ = false;
};

/// One pass over the rows of a statement; resets it at its end. What `text` and `blob` give lives
/// until the next row.
class Run {
 public:
  explicit Run(Statement& statement);
  ~Run();
  Run(Run&& other) noexcept : statement_(std::exchange(other.statement_, nullptr)) {}
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  /// On to the next row; false: there is none.
  bool next();

  bool null(int column) const;
  std::int64_t integer(int column) const;
  double real(int column) const;
  std::string_view text(int column) const;
  std::span<const std::byte> blob(int column) const;
  std::string string(int column) const { return std::string(text(column)); }
  std::optional<std::int64_t> optional_integer(int column) const;
  std::optional<std::string> optional_string(int column) const;
  int columns() const;
  std::string_view column_name(int column) const;

 private:
  Statement* statement_;
};

template <class... Values>
Run Statement::run(const Values&... values) {
  Run run(*this);
  int index = 0;
  (bind_value(++index, values, Keep::copied), ...);
  check_count(index);
  return run;
}

}  // namespace wharf::sqlite

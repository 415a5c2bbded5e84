#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string_view>

#include "sqlite/connection.h"

namespace wharf::connectors::sqlite_destination {

/// Called after each step that a crash may follow; tests stop the process there.
using AfterStep = std::function<void(std::string_view step)>;

/// Work too long for one hold of the write lock, done in transactions of about a quarter second.
class Slices {
 public:
  Slices(sqlite::Connection& database, AfterStep after)
      : database_(database), after_(std::move(after)) {}

  /// Calls `slice(rows)`, each time in a transaction of its own, until it says false: nothing left.
  /// `rows`: how many rows it may move.
  void run(const std::function<bool(std::int64_t rows)>& slice);

 private:
  sqlite::Connection& database_;
  AfterStep after_;
};

}  // namespace wharf::connectors::sqlite_destination

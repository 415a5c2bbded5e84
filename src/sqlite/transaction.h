#pragma once

#include <string>

#include "sqlite/connection.h"

namespace wharf::sqlite {

/// A transaction: rolled back unless committed. IMMEDIATE, because a deferred one that reads and
/// then writes can fail as busy whatever the timeout; DEFERRED is for reading only.
class Transaction {
 public:
  enum class Kind { immediate, deferred };

  explicit Transaction(Connection& connection, Kind kind = Kind::immediate);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  /// Makes it true. Only who opened the transaction calls it. If it throws, nothing of it is.
  void commit();

  Connection& connection() const { return connection_; }
  operator Connection&() const { return connection_; }  // what reads may read within a write

  Statement& statement(std::string_view sql) const { return connection_.statement(sql); }

 private:
  Connection& connection_;
  bool open_ = true;
};

/// A part of a transaction that can be undone by itself: undone unless released.
class Savepoint {
 public:
  explicit Savepoint(Transaction& transaction);
  ~Savepoint();
  Savepoint(const Savepoint&) = delete;
  Savepoint& operator=(const Savepoint&) = delete;

  void release();

 private:
  Connection& connection_;
  bool open_ = true;
};

}  // namespace wharf::sqlite

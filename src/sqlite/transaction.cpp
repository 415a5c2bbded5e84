#include "sqlite/transaction.h"

namespace wharf::sqlite {
namespace {

// Some failures (disk full, I/O) end the transaction by themselves; then there is nothing left to
// roll back, and a rollback that fails leaves nothing to do either.
void try_execute(Connection& connection, const char* sql) noexcept {
  if (!connection.in_transaction()) return;
  try {
    connection.execute(sql);
  } catch (const SqliteError&) {
  }
}

}  // namespace

Transaction::Transaction(Connection& connection, Kind kind) : connection_(connection) {
  connection_.execute(kind == Kind::immediate ? "begin immediate" : "begin deferred");
}

Transaction::~Transaction() {
  if (open_) try_execute(connection_, "rollback");
}

void Transaction::commit() {
  connection_.execute("commit");
  open_ = false;
}

Savepoint::Savepoint(Transaction& transaction) : connection_(transaction.connection()) {
  connection_.execute("savepoint part");
}

Savepoint::~Savepoint() {
  if (open_) try_execute(connection_, "rollback to part; release part");
}

void Savepoint::release() {
  connection_.execute("release part");
  open_ = false;
}

}  // namespace wharf::sqlite

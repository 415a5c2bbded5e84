#include "database/writer.h"

namespace wharf::database {

Writer::Writer(sqlite::Connection& connection)
    : connection_(connection), thread_([this] { work(); }) {}

Writer::~Writer() {
  queue_.close();
  thread_.join();
}

void Writer::submit(std::unique_ptr<Write> write) {
  WHARF_CHECK(queue_.push(std::move(write)));  // nobody may write once the database is going
}

void Writer::work() {
  for (;;) {
    auto batch = queue_.take(base::SteadyTime::max(), kBatchLimit);
    if (batch.empty()) return;
    commit(batch);
  }
}

void Writer::commit(Batch& batch) {
  std::exception_ptr failure;
  try {
    sqlite::Transaction transaction(connection_);
    for (auto& write : batch) {
      sqlite::Savepoint part(transaction);
      if (write->run(transaction)) part.release();
    }
    // If SQLite ended the transaction by itself (disk full, I/O error), this commit says so.
    transaction.commit();
  } catch (...) {
    failure = std::current_exception();
  }
  for (auto& write : batch) write->settle(failure);
}

}  // namespace wharf::database

#pragma once

#include <wharf/error.h>

#include <deque>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/bounded_queue.h"
#include "sqlite/transaction.h"

namespace wharf::database {

/// One closure on its way through the writer.
class Write {
 public:
  virtual ~Write() = default;
  /// Runs inside its savepoint. False: undo it (it threw, or returned an error).
  virtual bool run(sqlite::Transaction& transaction) noexcept = 0;
  /// Tells the waiter, once, after the commit, or after its failure.
  virtual void settle(const std::exception_ptr& commit_failure) noexcept = 0;
};

/// The one thread that writes. Everything waiting is one transaction, with a savepoint for each
/// closure, one commit and one sync to disk; then the waiters are told. A commit that fails, or a
/// transaction that SQLite ended by itself, is the failure of every waiter of the batch.
class Writer {
 public:
  /// The connection is its own while it lives.
  explicit Writer(sqlite::Connection& connection);
  /// Writes what is still in the queue, then ends the thread.
  ~Writer();

  /// Any thread; waits for room if the queue is full.
  void submit(std::unique_ptr<Write> write);
  /// Whether the caller is the writer's own thread, which must never wait for itself.
  bool is_this_thread() const { return std::this_thread::get_id() == thread_.get_id(); }

 private:
  using Batch = std::deque<std::unique_ptr<Write>>;
  void work();
  void commit(Batch& batch);

  static constexpr std::size_t kQueueLimit = 4096;  // closures are small; this is a burst
  static constexpr std::size_t kBatchLimit = 512;   // so that the first waiter is not kept long

  sqlite::Connection& connection_;
  base::BoundedQueue<std::unique_ptr<Write>> queue_{kQueueLimit};
  std::thread thread_;
};

template <class T>
struct IsResult : std::false_type {};
template <class T>
struct IsResult<Result<T>> : std::true_type {};

/// A closure with its promise: what it returns or throws reaches the future. If it returns a
/// Result with an error, what it wrote is undone and the error handed over.
template <class F>
class WriteOf final : public Write {
 public:
  using Value = std::invoke_result_t<F&, sqlite::Transaction&>;
  using Done = std::function<void(std::future<Value>)>;

  explicit WriteOf(F f, Done done = {}) : f_(std::move(f)), done_(std::move(done)) {}
  std::future<Value> future() { return promise_.get_future(); }

  bool run(sqlite::Transaction& transaction) noexcept override {
    try {
      if constexpr (std::is_void_v<Value>) {
        f_(transaction);
        value_.emplace();
      } else {
        value_.emplace(f_(transaction));
        if constexpr (IsResult<Value>::value) return value_->has_value();
      }
      return true;
    } catch (...) {
      thrown_ = std::current_exception();
      return false;
    }
  }

  void settle(const std::exception_ptr& commit_failure) noexcept override {
    std::optional<std::future<Value>> ready;
    if (done_) ready = promise_.get_future();
    if (thrown_)
      promise_.set_exception(std::move(thrown_));
    else if (commit_failure)
      promise_.set_exception(commit_failure);
    else if constexpr (std::is_void_v<Value>)
      promise_.set_value();
    else
      promise_.set_value(std::move(*value_));
    if (ready) done_(std::move(*ready));
  }

 private:
  F f_;
  Done done_;
  std::promise<Value> promise_;
  std::optional<std::conditional_t<std::is_void_v<Value>, std::monostate, Value>> value_;
  std::exception_ptr thrown_;
};

}  // namespace wharf::database

#include "schedule/scheduler.h"

#include "base/step.h"
#include "connection/connection_table.h"
#include "job/job_steps.h"
#include "replication/await.h"

#include <algorithm>
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/strand.hpp>
#include <future>
#include <vector>

namespace wharf::schedule {

namespace asio = boost::asio;
using asio::awaitable;

// Lives on one strand of the engine.
class Scheduler::Work : public std::enable_shared_from_this<Scheduler::Work> {
 public:
  Work(const asio::any_io_executor& executor, Services services, Watch watch)
      : strand_(asio::make_strand(executor)),
        services_(std::move(services)),
        watch_(std::move(watch)),
        bell_(strand_),
        turned_(services_.clock.steady()) {}

  void begin() {
    turned_ = services_.clock.steady();
    asio::co_spawn(strand_, watch_clock(),
                   [self = shared_from_this()](std::exception_ptr) { self->ended_.set_value(); });
  }

  std::chrono::steady_clock::duration since_turn() const {
    return services_.clock.steady() - turned_.load();
  }

  void renew(const base::ConnectionId& connection) {
    asio::post(strand_, [self = shared_from_this(), connection] {
      self->changed_.push_back(connection);
      self->bell_.cancel();
    });
  }

  void end() {
    asio::post(strand_, [self = shared_from_this()] {
      self->ending_ = true;
      self->bell_.cancel();
    });
    ended_.get_future().wait();
  }

 private:
  awaitable<void> watch_clock() {
    bool begun = false;
    while (!ending_) {
      if (!begun) begun = take_all();
      bool good = false;
      if (begun) good = co_await turn();
      if (good) turned_ = services_.clock.steady();
      if (ending_) break;
      bell_.expires_after(good ? until_next() : kAfterFailure);
      boost::system::error_code woken;
      co_await bell_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    }
  }

  // Every connection's next run is to be worked out. False: the store did not answer.
  bool take_all() {
    try {
      const auto all = services_.database.read(
          [](sqlite::Connection& store) { return connection::connection_table::ids(store); });
      changed_.insert(changed_.end(), all.begin(), all.end());
      return true;
    } catch (const std::exception& exception) {
      say_failed(exception);
    }
    return false;
  }

  void say_failed(const std::exception& exception) {
    services_.log.error("scheduling failed, tried again in a moment", {{"why", exception.what()}});
  }

  // One look at what has changed and what is due. False: the store did not answer.
  awaitable<bool> turn() {
    const auto now = services_.clock.wall();
    const bool due = next_ && *next_ <= now;
    if (changed_.empty() && !due) co_return true;
    auto changed = take_changed();
    const bool enqueues = all_known_ || changed_.empty();
    auto work = [&](sqlite::Transaction& transaction) {
      for (const auto& connection : changed) {
        renew_next_run(transaction, connection, watch_, now);
      }
      const auto made = enqueues ? job::job_steps::enqueue_due(transaction, now) : 0;
      return std::make_pair(made, connection::connection_table::first_run(transaction));
    };
    try {
      const auto done = co_await replication::in_database(services_.database, work);
      all_known_ = enqueues;
      const auto was_due = std::exchange(next_, done.second);
      if (done.first > 0) {
        base::after_step("due_enqueued");
        services_.enqueued();
      }
      if (done.first > 0 && due && services_.late)
        services_.late(services_.clock.wall() - *was_due);
      co_return true;
    } catch (const std::exception& exception) {
      say_failed(exception);
      changed_.insert(changed_.end(), changed.begin(), changed.end());
    }
    co_return false;
  }

  // A few at a time: there may be thousands at the start, and others want to write, too.
  std::vector<base::ConnectionId> take_changed() {
    const auto end =
        changed_.begin() + static_cast<std::ptrdiff_t>(std::min(changed_.size(), kAtOnce));
    std::vector<base::ConnectionId> taken(changed_.begin(), end);
    changed_.erase(changed_.begin(), end);
    if (changed_.empty()) changed_.shrink_to_fit();
    return taken;
  }

  // The wall clock may be set at any moment: it is looked at once a second.
  std::chrono::milliseconds until_next() const {
    if (!changed_.empty()) return std::chrono::milliseconds(0);
    if (!next_) return kLook;
    const auto left = *next_ - services_.clock.wall();
    return std::clamp(left, std::chrono::milliseconds(0), kLook);
  }

  static constexpr std::size_t kAtOnce = 64;
  static constexpr std::chrono::milliseconds kLook{1000};
  static constexpr std::chrono::milliseconds kAfterFailure{1000};

  asio::any_io_executor strand_;
  const Services services_;
  const Watch watch_;
  asio::steady_timer bell_;
  std::vector<base::ConnectionId> changed_;
  // Each has its next run from this life's watch. Before, what the store says may have been missed.
  bool all_known_ = false;
  std::optional<base::WallTime> next_;  // the first of all
  bool ending_ = false;
  std::atomic<base::SteadyTime> turned_;  // the last good turn; asked from any thread
  std::promise<void> ended_;
};

Scheduler::Scheduler(const asio::any_io_executor& executor, Services services, Watch watch)
    : work_(std::make_shared<Work>(executor, std::move(services), std::move(watch))) {}

Scheduler::~Scheduler() {
  if (begun_) work_->end();
}

void Scheduler::begin() {
  begun_ = true;
  work_->begin();
}

void Scheduler::renew(const base::ConnectionId& connection) {
  work_->renew(connection);
}

std::function<std::chrono::steady_clock::duration()> Scheduler::since_turn() const {
  return [work = work_] { return work->since_turn(); };
}

}  // namespace wharf::schedule

#include "replication/dispatcher.h"

#include "base/step.h"
#include "job/job_table.h"
#include "replication/await.h"
#include "replication/job_end.h"
#include "replication/order.h"
#include "workload/own_sync.h"

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/strand.hpp>
#include <map>
#include <optional>

namespace wharf::replication {

namespace asio = boost::asio;
using asio::awaitable;

// Lives on one strand of the engine.
class Dispatcher::Work : public std::enable_shared_from_this<Dispatcher::Work> {
 public:
  Work(const asio::any_io_executor& executor, const AttemptServices& services, Settings settings,
       Events events)
      : strand_(asio::make_strand(executor)),
        engine_(executor),
        services_(services),
        settings_(std::move(settings)),
        rules_{settings_.retries, settings_.auto_disable},
        events_(std::move(events)),
        bell_(strand_) {}

  void begin() {
    asio::co_spawn(strand_, dispatch(), [self = shared_from_this()](std::exception_ptr thrown) {
      if (thrown) self->report_failure(thrown);
      self->ended_.set_value();
    });
  }

  void ring() {
    asio::post(strand_, [self = shared_from_this()] {
      self->rung_ = true;
      self->bell_.cancel();
    });
  }

  void stop() {
    asio::post(strand_, [self = shared_from_this()] {
      self->stopping_ = true;
      for (auto& [connection, stop] : self->running_) stop(StopCause::shutdown);
      self->rung_ = true;
      self->bell_.cancel();
    });
  }

  std::future<void> run_out() {
    asio::post(strand_, [self = shared_from_this()] {
      self->claims_ = false;
      self->rung_ = true;
      self->bell_.cancel();
    });
    return idle_.get_future();
  }

  void wait() { ended_.get_future().wait(); }

 private:
  awaitable<void> dispatch() {
    while (!stopping_ || !running_.empty()) {
      std::exception_ptr failure;
      bool claimed = false;
      try {
        claimed = co_await look();
      } catch (const std::exception&) {
        failure = std::current_exception();
      }
      if (failure) report_failure(failure);  // the store may answer again in a moment
      if (!claims_ && running_.empty()) say_idle();
      const bool rung = std::exchange(rung_, false);
      if (claimed || (rung && !failure)) continue;
      bell_.expires_after(kPoll);
      boost::system::error_code woken;
      co_await bell_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    }
  }

  // One look at what waits and at who is not wanted any more. True: something was claimed.
  awaitable<bool> look() {
    if (!stopping_ && claims_ && static_cast<int>(running_.size()) < settings_.attempts_at_once &&
        (!settings_.may_start || settings_.may_start())) {
      const bool claimed = co_await claim_one();
      if (claimed) co_return true;
    }
    if (!running_.empty()) co_await stop_cancelled();
    co_return false;
  }

  // Who does not want them says so in the store, so that a crash does not forget it.
  awaitable<void> stop_cancelled() {
    auto look = [](sqlite::Transaction& store) { return job::job_table::cancelling(store); };
    const auto connections = co_await in_database(services_.database, look);
    for (const auto& connection : connections) {
      const auto found = running_.find(connection);
      if (found != running_.end()) found->second(StopCause::cancel);
    }
  }

  void say_idle() {
    if (!std::exchange(said_idle_, true)) idle_.set_value();
  }

  struct Claimed {
    job::ClaimedJob job;
    Result<AttemptOrder> order;
  };

  awaitable<bool> claim_one() {
    const auto now = services_.clock.wall();
    auto claim = [&](sqlite::Transaction& transaction) -> std::optional<Claimed> {
      auto job = job::job_steps::claim_due(transaction, now, {});
      if (!job) return std::nullopt;
      workload::own_sync::claimed(transaction, job->job.connection, job->attempt, now);
      if (!settings_.inactive_too && is_called_off(transaction, job->job)) {
        return Claimed{std::move(*job), called_off()};
      }
      auto order = make_order(transaction, services_.vault, *job, settings_.environment);
      return Claimed{std::move(*job), std::move(order)};
    };
    auto claimed = co_await in_database(services_.database, claim);
    if (!claimed) co_return false;
    base::after_step("attempt_claimed");
    if (claimed->order) {
      start(std::move(*claimed->order));
    } else {
      co_await refuse(std::move(*claimed));
    }
    co_return true;
  }

  void start(AttemptOrder order) {
    const auto connection = order.input.connection;
    auto strand = asio::make_strand(engine_);
    auto runner = std::make_shared<AttemptRunner>(
        strand, services_, std::move(order),
        [self = shared_from_this(), connection](std::shared_ptr<const bookkeeper::Progress> now) {
          self->events_.started(connection, std::move(now));
        });
    running_[connection] = [runner, strand](StopCause cause) {
      asio::post(strand, [runner, cause] { runner->request_stop(cause); });
    };
    // Who is being started counts as running: its claim was under way when stop() came.
    if (stopping_) running_[connection](StopCause::shutdown);
    asio::co_spawn(strand, run(runner),
                   [self = shared_from_this(), connection, runner](std::exception_ptr thrown) {
                     if (thrown) self->report_failure(thrown);
                     asio::post(self->strand_, [self, connection] {
                       self->running_.erase(connection);
                       self->bell_.cancel();
                       self->rung_ = true;
                     });
                   });
  }

  awaitable<void> run(std::shared_ptr<AttemptRunner> runner) {
    const AttemptReport report = co_await runner->run();
    const job::AttemptEnd end = attempt_end(report.outcome, report.attempt);
    base::after_step("attempt_ended");
    co_await finish(report, end);
  }

  // The order could not be made: the attempt has ended before it began.
  awaitable<void> refuse(Claimed claimed) {
    AttemptFacts facts;
    facts.attempt = claimed.job.attempt;
    if (claimed.order.error().code == ErrorCode::cancelled) facts.stopped = StopCause::inactive;
    facts.failures.push_back(std::move(claimed.order).error());
    facts.now = services_.clock.wall();
    AttemptReport report;
    report.attempt = claimed.job.attempt;
    report.outcome = conclude(facts);
    const job::AttemptEnd end = attempt_end(report.outcome, report.attempt);
    co_await finish(report, end);
  }

  // Told until the store takes it, or the job would stay "running". Who is stopping tells it once:
  // the next start knows what ran.
  awaitable<void> finish(const AttemptReport& report, const job::AttemptEnd& end) {
    for (;;) {
      std::exception_ptr failure;
      try {
        co_await finish_now(report, end);
      } catch (const std::exception&) {
        failure = std::current_exception();
      }
      if (!failure) co_return;
      report_failure(failure);
      if (stopping_) co_return;
      asio::steady_timer pause(engine_, kPoll);
      co_await pause.async_wait(asio::use_awaitable);
    }
  }

  awaitable<void> finish_now(const AttemptReport& report, const job::AttemptEnd& end) {
    auto job = co_await record_job_end(services_, report.attempt, end, rules_);
    if (job) {
      events_.ended(*job, report);
    } else {
      events_.failed(job.error().message);
    }
  }

  void report_failure(const std::exception_ptr& thrown) {
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& exception) {
      services_.log.error("dispatcher failed", {{"why", exception.what()}});
      events_.failed(exception.what());
    }
  }

  static constexpr std::chrono::seconds kPoll{1};  // a lost ring costs no more

  asio::any_io_executor strand_;
  const asio::any_io_executor engine_;
  const AttemptServices services_;
  const Settings settings_;
  const JobEndRules rules_;
  const Events events_;
  asio::steady_timer bell_;
  std::map<base::ConnectionId, std::function<void(StopCause)>> running_;  // how to stop each
  bool rung_ = false;
  std::atomic<bool> stopping_ = false;  // read by the strands of attempts, too
  bool claims_ = true;
  bool said_idle_ = false;
  std::promise<void> idle_;
  std::promise<void> ended_;
};

Dispatcher::Dispatcher(const asio::any_io_executor& executor, const AttemptServices& services,
                       Settings settings, Events events)
    : work_(std::make_shared<Work>(executor, services, std::move(settings), std::move(events))) {}

Dispatcher::~Dispatcher() {
  if (!begun_) return;
  work_->stop();
  work_->wait();
}

void Dispatcher::begin() {
  begun_ = true;
  work_->begin();
}

void Dispatcher::ring() {
  work_->ring();
}

std::future<void> Dispatcher::run_out() {
  return work_->run_out();
}

void Dispatcher::stop() {
  work_->stop();
}

}  // namespace wharf::replication

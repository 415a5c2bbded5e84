#include "daemon/sync_run.h"

#include "daemon/preparation.h"
#include "process/signals.h"
#include "replication/await.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <condition_variable>
#include <cstdlib>
#include <map>
#include <mutex>

namespace wharf::daemon {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using Phase = ConnectionRun::Phase;
using Verdict = replication::Outcome::Verdict;

constexpr std::chrono::seconds kRetryDelay{1};

job::RetryPolicy when_asked_only() {
  job::RetryPolicy policy;
  policy.by_itself = false;
  return policy;
}

Phase phase_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::succeeded:
      return Phase::succeeded;
    case Verdict::failed:
      return Phase::failed;
    case Verdict::stopped:
    case Verdict::cancelled:
      return Phase::cancelled;
  }
  return Phase::failed;
}

bool is_over(Phase phase) {
  return phase == Phase::succeeded || phase == Phase::failed || phase == Phase::cancelled;
}

}  // namespace

std::string_view name_of(Phase phase) {
  switch (phase) {
    case Phase::waiting:
      return "waiting";
    case Phase::preparing:
      return "preparing";
    case Phase::running:
      return "running";
    case Phase::succeeded:
      return "succeeded";
    case Phase::failed:
      return "failed";
    case Phase::cancelled:
      return "cancelled";
  }
  return "failed";
}

class SyncRun::Work : public std::enable_shared_from_this<SyncRun::Work> {
 public:
  explicit Work(Request request) : request_(std::move(request)) {
    std::vector<ConnectionRun> runs;
    for (const auto& connection : request_.declaration.connections) {
      const auto& wanted = request_.connections;
      const bool named = std::find(wanted.begin(), wanted.end(), connection.name) != wanted.end();
      if (wanted.empty() ? !connection.active : !named) continue;
      ConnectionRun run;
      run.name = connection.name;
      runs.push_back(std::move(run));
      declared_.push_back(&connection);
    }
    runs_.with([&](auto& mine) { mine = std::move(runs); });
  }

  Result<void> begin() {
    Core::Settings settings;
    settings.data_directory = request_.data_directory;
    settings.dispatcher.attempts_at_once = request_.parallel;
    settings.dispatcher.retries = when_asked_only();
    settings.dispatcher.environment = request_.environment;
    settings.docker = docker_settings(request_.environment);
    settings.dispatcher.inactive_too = true;
    std::weak_ptr<Work> weak = weak_from_this();
    replication::Dispatcher::Events events;
    events.started = [weak](const base::ConnectionId& connection, auto progress) {
      if (auto work = weak.lock()) work->on_started(connection, std::move(progress));
    };
    events.ended = [weak](const job::Job& job, const replication::AttemptReport& report) {
      if (auto work = weak.lock()) work->on_ended(job.connection, report);
    };
    events.failed = [weak](const std::string& why) {
      if (auto work = weak.lock()) work->on_dispatcher_failed(why);
    };
    auto core = Core::open(std::move(settings), std::move(events));
    if (!core) return std::move(core).error();
    core_ = std::move(*core);
    inquiry_.emplace(core_->launcher(), core_->runs(), core_->clock(), &core_->database(),
                     request_.builtin_spec);
    core_->dispatcher().begin();  // its events speak to us by core_
    asio::post(core_->executor(), [self = shared_from_this()] { self->spawn_everything(); });
    return {};
  }

  bool wait(std::chrono::milliseconds most) {
    std::unique_lock lock(mutex_);
    return done_.wait_for(lock, most, [&] { return over_; });
  }

  std::vector<ConnectionRun> look() const {
    return runs_.with([](const auto& runs) { return runs; });
  }

  // What waits on the engine goes before the engine does.
  void shut() {
    if (!core_) return;
    std::promise<void> let_go;
    asio::post(core_->executor(), [&] {
      waiting_.clear();
      if (signals_) signals_->cancel();
      asio::post(core_->executor(), [&] {
        signals_.reset();
        let_go.set_value();
      });
    });
    let_go.get_future().wait();
    core_.reset();
  }

 private:
  // ---- on the engine

  void spawn_everything() {
    signals_.emplace(core_->executor());
    asio::co_spawn(core_->executor(), heed_signals(), asio::detached);
    tell_if_over();
    const auto lanes =
        std::min<std::size_t>(static_cast<std::size_t>(request_.parallel), declared_.size());
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      asio::co_spawn(core_->executor(), work_off(), [self = shared_from_this()](auto thrown) {
        if (thrown) self->on_lane_failed(thrown);
      });
    }
  }

  // One lane: connection after connection.
  awaitable<void> work_off() {
    while (next_ < declared_.size() && !stopping_) {
      const std::size_t index = next_++;
      co_await sync(index);
    }
  }

  awaitable<void> sync(std::size_t index) {
    update(index, [&](ConnectionRun& run) {
      run.phase = Phase::preparing;
      run.began = core_->clock().steady();
    });
    for (int attempt = 0; attempt <= request_.retries && !stopping_; ++attempt) {
      if (attempt > 0) {
        asio::steady_timer pause(core_->executor(), kRetryDelay * attempt);
        co_await pause.async_wait(asio::use_awaitable);
      }
      PreparationServices services{core_->database(), core_->clock(), *inquiry_,
                                   request_.environment, core_->vault()};
      services.managed_by.clear();  // whose it is does not change by being synced once
      auto prepared =
          co_await prepare(std::move(services), request_.declaration, *declared_[index]);
      if (!prepared) {
        finish(index, Phase::failed, std::move(prepared).error());
        co_return;
      }
      if (stopping_) break;
      const Phase phase = co_await run_attempt(index, *prepared);
      if (phase != Phase::failed || attempt == request_.retries) {
        finish(index, phase, std::nullopt);
        co_return;
      }
    }
    finish(index, Phase::cancelled, std::nullopt);
  }

  awaitable<Phase> run_attempt(std::size_t index, const Prepared& prepared) {
    by_connection_[prepared.connection] = index;
    auto ended = std::make_shared<replication::Mailbox<Phase>>(core_->executor());
    waiting_[prepared.connection] = ended;
    update(index, [&](ConnectionRun& run) {
      run.notices.insert(run.notices.end(), prepared.notices.begin(), prepared.notices.end());
    });
    core_->dispatcher().ring();
    const Phase phase = co_await ended->take();
    waiting_.erase(prepared.connection);
    co_return phase;
  }

  // The first signal lets everything end in order, the second ends the process.
  awaitable<void> heed_signals() {
    for (int count = 0;; ++count) {
      const int signal = co_await signals_->next();
      if (signal == 0) co_return;
      if (count > 0) std::_Exit(128 + signal);  // the connectors die with us
      stopping_ = true;
      core_->dispatcher().stop();
      cancel_unstarted();
    }
  }

  void cancel_unstarted() {
    runs_.with([](auto& runs) {
      for (auto& run : runs) {
        if (run.phase == Phase::waiting || run.phase == Phase::preparing) {
          run.phase = Phase::cancelled;
        }
      }
    });
    tell_if_over();
  }

  // ---- what the dispatcher says, on strands of the engine

  void on_started(const base::ConnectionId& connection,
                  std::shared_ptr<const bookkeeper::Progress> progress) {
    asio::post(core_->executor(), [self = shared_from_this(), connection, progress] {
      auto index = self->by_connection_.find(connection);
      if (index == self->by_connection_.end()) return;
      self->update(index->second, [&](ConnectionRun& run) {
        run.phase = Phase::running;
        run.progress = progress;
      });
    });
  }

  void on_ended(const base::ConnectionId& connection, const replication::AttemptReport& report) {
    asio::post(core_->executor(), [self = shared_from_this(), connection, report] {
      auto index = self->by_connection_.find(connection);
      if (index == self->by_connection_.end()) return;
      self->update(index->second, [&](ConnectionRun& run) {
        ++run.attempts;
        run.notices.insert(run.notices.end(), report.notices.begin(), report.notices.end());
        run.report = report;
      });
      auto waiting = self->waiting_.find(connection);
      if (waiting != self->waiting_.end()) waiting->second->put(phase_of(report.outcome.verdict));
    });
  }

  void on_dispatcher_failed(const std::string& why) {
    runs_.with([&](auto& runs) {
      for (auto& run : runs) {
        if (is_over(run.phase)) continue;
        run.phase = Phase::failed;
        run.error = Error{ErrorCode::environment, why};
      }
    });
    tell_if_over();
  }

  void on_lane_failed(const std::exception_ptr& thrown) {
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& exception) {
      on_dispatcher_failed(exception.what());
    }
  }

  // ---- the runs

  template <class F>
  void update(std::size_t index, F&& f) {
    runs_.with([&](auto& runs) { f(runs[index]); });
  }

  void finish(std::size_t index, Phase phase, std::optional<Error> error) {
    update(index, [&](ConnectionRun& run) {
      run.phase = phase;
      run.error = std::move(error);
      run.ended = core_->clock().steady();
    });
    tell_if_over();
  }

  void tell_if_over() {
    const bool all = runs_.with([](const auto& runs) {
      return std::all_of(runs.begin(), runs.end(),
                         [](const ConnectionRun& run) { return is_over(run.phase); });
    });
    if (!all) return;
    std::lock_guard lock(mutex_);
    over_ = true;
    done_.notify_all();
  }

  const Request request_;
  std::vector<const declaration::Connection*> declared_;  // into request_
  base::Guarded<std::vector<ConnectionRun>> runs_;        // in the order of declared_

  std::mutex mutex_;
  std::condition_variable done_;
  bool over_ = false;  // guarded by mutex_

  std::unique_ptr<Core> core_;

  // Owned by the engine.
  std::optional<Inquiry> inquiry_;
  std::optional<process::SignalStream> signals_;
  std::map<base::ConnectionId, std::size_t> by_connection_;
  std::map<base::ConnectionId, std::shared_ptr<replication::Mailbox<Phase>>> waiting_;
  std::size_t next_ = 0;
  bool stopping_ = false;
};

SyncRun::SyncRun(std::shared_ptr<Work> work) : work_(std::move(work)) {}

SyncRun::~SyncRun() {
  work_->shut();
}

Result<std::unique_ptr<SyncRun>> SyncRun::begin(Request request) {
  auto work = std::make_shared<Work>(std::move(request));
  if (auto begun = work->begin(); !begun) return std::move(begun).error();
  return std::unique_ptr<SyncRun>(new SyncRun(std::move(work)));
}

bool SyncRun::wait(std::chrono::milliseconds most) {
  return work_->wait(most);
}

std::vector<ConnectionRun> SyncRun::look() const {
  return work_->look();
}

}  // namespace wharf::daemon

#include "replication/attempt_runner.h"

#include "base/step.h"
#include "replication/connector_pair.h"
#include "replication/destination_start.h"
#include "replication/prior_checks.h"

#include <fmt/format.h>

#include <boost/asio/post.hpp>
#include <exception>
#include <utility>

namespace wharf::replication {

namespace asio = boost::asio;
using asio::awaitable;

// The story of one attempt: its parts in the order in which they come, and the machine between.
class AttemptRunner::Work {
 public:
  Work(const asio::any_io_executor& executor, const AttemptServices& services, AttemptOrder order,
       Watched watched)
      : attempt_(std::make_shared<RunningAttempt>(executor, services, std::move(order))),
        watched_(std::move(watched)),
        books_(services.bookkeeper),
        watch_(std::make_shared<LivenessWatch>(executor, [attempt = attempt_](Faulted dead) {
          attempt->mailbox.put(Event(std::move(dead)));
        })) {}

  awaitable<AttemptReport> run() {
    const auto& job = attempt_->order.input.claimed.job;
    end_stage("queue", clock().wall() - std::max(job.next_try, job.created));
    stage_began_ = clock().steady();
    std::optional<Error> unexpected;
    try {
      auto passed = co_await tell();
      if (!passed) machine_.failures.push_back(std::move(passed).error());
    } catch (const std::exception& exception) {
      unexpected = Error{ErrorCode::internal, exception.what(), Origin::platform};
    }
    if (unexpected) machine_.failures.push_back(*unexpected);
    co_await end_everything();
    base::after_step("sides_ended");
    co_await conclude_attempt();
    if (books_.is_open()) end_stage("run", clock().steady() - stage_began_);
    co_return std::move(attempt_->report);
  }

  void request_stop(StopCause cause) {
    if (attempt_->stopped) return;  // its timers run already
    attempt_->stopped = cause;
    attempt_->mailbox.put(Event(StopRequested{}));
    if (connectors_) connectors_->call_off();
  }

 private:
  const base::Clock& clock() const { return attempt_->services.clock; }

  void end_stage(std::string_view stage, std::chrono::nanoseconds took) {
    attempt_->report.stages.emplace_back(stage, std::max(took, std::chrono::nanoseconds(0)));
  }

  // Fails with why both sides did not come to flow.
  awaitable<Result<void>> tell() {
    auto passed = co_await pass_checks(*attempt_);
    if (auto opened = attempt_->open_log(); !opened) co_return opened;
    if (!passed) co_return passed;
    if (attempt_->stopped) co_return stopped_early();
    if (auto chosen = attempt_->choose_channel(); !chosen) co_return chosen;
    bring_parts_together();
    auto start = co_await start_destination(*attempt_, *connectors_);
    if (!start) co_return std::move(start).error();
    if (attempt_->is_nothing_left()) {
      attempt_->say("every stream is complete already");
      co_return Result<void>();
    }
    start_ = std::move(*start);
    open_books();
    watch_->begin(liveness_limits());
    co_await flow();
    co_return Result<void>();
  }

  void bring_parts_together() {
    machine_.by_socket = attempt_->by_socket();
    desk_.emplace(attempt_->services, attempt_->order.input.connection, books_, *attempt_->log,
                  [attempt = attempt_](protocol::Position position) {
                    attempt->mailbox.put(Positioned{std::move(position)});
                  });
    connectors_.emplace(attempt_, *desk_, books_, *watch_);
  }

  void open_books() {
    end_stage("launch", clock().steady() - stage_began_);
    stage_began_ = clock().steady();
    auto booked = booked_attempt(attempt_->order.input, attempt_->by_socket());
    booked.on_failure = [weak = std::weak_ptr(attempt_),
                         executor = attempt_->executor](const Error& error) {
      asio::post(executor, [weak, error] {
        if (auto attempt = weak.lock()) attempt->mailbox.put(BooksFailed{error});
      });
    };
    watched_(books_.open(std::move(booked)));
  }

  LivenessLimits liveness_limits() const {
    auto limits = attempt_->services.liveness;
    limits.max_between_messages = attempt_->order.input.source.definition.max_between_messages;
    return limits;
  }

  // ---- the machine: letters in, effects out

  awaitable<void> flow() {
    Event ready = DestinationReady{};
    co_await apply(std::move(ready));
    while (machine_.phase != AttemptState::Phase::ended) {
      Letter letter = co_await attempt_->mailbox.take();
      co_await handle(std::move(letter));
    }
  }

  awaitable<void> handle(Letter letter) {
    if (auto* event = std::get_if<Event>(&letter)) {
      co_await apply(*event);
    } else if (auto* ended = std::get_if<SideEnded>(&letter)) {
      connectors_->note_end(*ended);
      Event event_of_end = Ended{ended->side, ended->status};
      co_await apply(std::move(event_of_end));
    } else if (auto* failed = std::get_if<BooksFailed>(&letter)) {
      Event fault = Faulted{Side::source, std::move(failed->error)};
      co_await apply(std::move(fault));
    }
  }

  awaitable<void> apply(Event event) {
    for (const Effect& effect : step(machine_, event)) {
      if (std::holds_alternative<LaunchSource>(effect)) {
        co_await launch_source();
      } else if (auto* close = std::get_if<CloseDestinationInput>(&effect)) {
        connectors_->close_input(close->complete);
      } else if (auto* stop = std::get_if<Stop>(&effect)) {
        connectors_->stop(stop->side, stop->grace);
      } else if (auto* arm_timer = std::get_if<ArmTimer>(&effect)) {
        attempt_->arm(arm_timer->after);
      }
    }
  }

  awaitable<void> launch_source() {
    auto launched = co_await connectors_->launch_source(start_);
    if (!launched) {
      attempt_->mailbox.put(Event(LaunchFailed{Side::source, std::move(launched).error()}));
    }
  }

  // ---- the end

  // Whatever the story came to: nothing of it runs any more.
  awaitable<void> end_everything() {
    attempt_->disarm();
    watch_->end();
    if (connectors_) co_await connectors_->end();
  }

  awaitable<void> conclude_attempt() {
    if (connectors_) co_await connectors_->record_ends();
    AttemptFacts facts;
    facts.attempt = attempt_->id();
    facts.failures = std::move(machine_.failures);
    if (desk_) facts.traces = desk_->take_traces();
    facts.stopped = attempt_->stopped;
    if (books_.is_open()) facts.books = co_await books_.close(books_ending(facts));
    facts.now = clock().wall();
    mask(facts, attempt_->order.secrets);
    report_outcome(std::move(facts));
  }

  void report_outcome(AttemptFacts facts) {
    auto& report = attempt_->report;
    report.outcome = conclude(facts);
    for (const auto& warning : facts.books.warnings) {
      attempt_->say(warning);
      report.notices.push_back(warning);
    }
    report.books = std::move(facts.books);
    const auto& reasons = report.outcome.reasons;
    if (attempt_->log && !reasons.empty()) {
      const bool of_destination = reasons.front().origin == bookkeeper::FailureOrigin::destination;
      report.stderr_tail =
          attempt_->log->tail(of_destination ? bookkeeper::LogSource::destination_stderr
                                             : bookkeeper::LogSource::source_stderr,
                              20);
    }
    for (const auto& reason : reasons) attempt_->say("failed: " + reason.external);
    attempt_->say(fmt::format("attempt {}", name_of(report.outcome.verdict)));
  }

  // Owned by the strand, in order of dependence.
  const std::shared_ptr<RunningAttempt> attempt_;
  const Watched watched_;
  AttemptBooks books_;
  const std::shared_ptr<LivenessWatch> watch_;
  std::optional<MessageDesk> desk_;  // these two: none until the channel is chosen
  std::optional<ConnectorPair> connectors_;
  AttemptState machine_;
  protocol::StartState start_;
  base::SteadyTime stage_began_{};
};

AttemptRunner::AttemptRunner(const asio::any_io_executor& executor, const AttemptServices& services,
                             AttemptOrder order, Watched watched)
    : work_(std::make_shared<Work>(executor, services, std::move(order), std::move(watched))) {}

AttemptRunner::~AttemptRunner() = default;

awaitable<AttemptReport> AttemptRunner::run() {
  return work_->run();
}

void AttemptRunner::request_stop(StopCause cause) {
  work_->request_stop(cause);
}

}  // namespace wharf::replication

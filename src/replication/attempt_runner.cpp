#include "replication/attempt_runner.h"

#include "base/step.h"
#include "bookkeeper/attempt_log.h"
#include "bookkeeper/log_files.h"
#include "checkpoint/checkpoint_table.h"
#include "job/job_table.h"
#include "operation/prepared_question.h"
#include "replication/await.h"
#include "replication/connector_stream.h"
#include "replication/message_desk.h"
#include "replication/order.h"
#include "replication/road.h"
#include "replication/start_facts.h"
#include "replication/stdio_pump.h"
#include "workload/own_sync.h"
#include "workload/workload_table.h"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <exception>
#include <variant>

namespace wharf::replication {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using bookkeeper::LogSource;
using Level = protocol::LogMessage::Level;

constexpr std::chrono::seconds kPositionDeadline{120};
constexpr std::chrono::seconds kCheckAge{60};  // connections that share an end need not ask again

/// The destination's first word: where its rows end.
struct Positioned {
  protocol::Position position;
};
/// A side's coroutine has ended.
struct SideEnded {
  Side side;
  process::ExitStatus status;
};
struct TaskEnded {};
/// A check before the attempt has its answer.
struct Checked {
  Result<protocol::JsonText> answer;
};
struct BooksFailed {
  Error error;
};
using Letter = std::variant<Event, Positioned, SideEnded, TaskEnded, BooksFailed, Checked>;

// Only what the connector itself calls a failure is a matter of its configuration.
Result<void> verdict_of(const operation::StoredQuestion& check, Result<protocol::JsonText> answer) {
  if (!answer) return std::move(answer).error();
  const auto status = operation::connection_status_of(*answer);
  if (status.succeeded) return {};
  const bool of_source = check.kind == definition::Kind::source;
  return Error{ErrorCode::invalid_config,
               fmt::format("the {}'s check failed: {}", definition::name_of(check.kind),
                           status.message.empty() ? "it did not say why" : status.message),
               of_source ? Origin::source : Origin::destination};
}

}  // namespace

// Everything of one attempt while it runs.
class AttemptRunner::Work : public std::enable_shared_from_this<AttemptRunner::Work> {
 public:
  Work(const asio::any_io_executor& executor, const AttemptServices& services, AttemptOrder order,
       Watched watched)
      : executor_(executor),
        services_(services),
        order_(std::move(order)),
        watched_(std::move(watched)),
        mailbox_(executor),
        timer_(executor),
        liveness_timer_(executor) {}

  awaitable<AttemptReport> run() {
    report_.attempt = order_.input.claimed.attempt;
    const auto& job = order_.input.claimed.job;
    end_stage("queue", services_.clock.wall() - std::max(job.next_try, job.created));
    stage_began_ = services_.clock.steady();
    std::optional<Error> unexpected;
    try {
      co_await attempt();
    } catch (const std::exception& exception) {
      unexpected = Error{ErrorCode::internal, exception.what(), Origin::platform};
    }
    if (unexpected) machine_.failures.push_back(*unexpected);
    co_await end_everything();
    base::after_step("sides_ended");
    co_await conclude_attempt();
    if (books_open_) end_stage("run", services_.clock.steady() - stage_began_);
    co_return std::move(report_);
  }

  void request_stop(StopCause cause) {
    if (stopped_) return;  // its timers run already
    stopped_ = cause;
    mailbox_.put(Event(StopRequested{}));
  }

 private:
  const base::AttemptId& id() const { return order_.input.claimed.attempt; }
  bool by_socket() const { return channel_.medium == workload::Medium::socket; }

  struct One {
    std::unique_ptr<launcher::RunningConnector> connector;
    std::optional<ConnectorStream> stream;
    process::ExitStatus status;
    std::optional<base::WorkloadId> recorded;
    bool running = false;
  };

  // ---- the story

  awaitable<void> attempt() {
    auto passed = co_await pass_checks();
    if (auto opened = open_log(); !opened) {
      machine_.failures.push_back(std::move(opened).error());
      co_return;
    }
    if (!passed) {
      machine_.failures.push_back(std::move(passed).error());
      co_return;
    }
    if (stopped_) {
      machine_.failures.push_back(stopped_early());
      co_return;
    }
    if (auto ready = prepare(); !ready) {
      machine_.failures.push_back(std::move(ready).error());
      co_return;
    }
    if (auto positioned = co_await start_destination(); !positioned) {
      machine_.failures.push_back(std::move(positioned).error());
      co_return;
    }
    if (nothing_left()) {  // an earlier attempt completed every stream
      say("every stream is complete already");
      co_return;
    }
    open_books();
    limits_ = services_.liveness;
    limits_.max_between_messages = order_.input.source.definition.max_between_messages;
    signs_.began = LivenessSigns::Time::clock::now();
    watch_liveness();
    Event ready = DestinationReady{};
    co_await apply(std::move(ready));
    while (machine_.phase != AttemptState::Phase::ended) {
      Letter letter = co_await mailbox_.take();
      co_await handle(std::move(letter));
    }
  }

  Result<void> open_log() {
    const auto path = bookkeeper::log_of(services_.logs, id());
    bookkeeper::remove_log(path);  // of a store that has been replaced since by an older one
    auto log = bookkeeper::AttemptLog::open(
        path, services_.clock,
        {.limit = bookkeeper::log_share(services_.logs, id().job, services_.log_per_job),
         .secrets = order_.secrets});
    if (!log) return std::move(log).error();
    log_ = std::move(*log);
    report_.log = path;
    for (const auto& line : checked_) say(line);
    return {};
  }

  Result<void> prepare() {
    order_.input.line_limit = services_.line_limit;
    desk_.emplace(services_, order_.input.connection, *log_, [this](protocol::Position position) {
      mailbox_.put(Positioned{std::move(position)});
    });
    auto road = choose_road(order_.input, order_.mode);
    if (!road) return std::move(road).error();
    report_.road = describe(*road);
    say("road: " + report_.road);
    auto run = workload::RunDirectory::create(services_.runs);
    if (!run) return std::move(run).error();
    run_.emplace(std::move(*run));
    channel_.medium = road->medium;
    channel_.form = road->form;
    machine_.by_socket = by_socket();
    if (by_socket()) {
      auto paths = run_->socket_paths(road->sockets);
      if (!paths) return std::move(paths).error();
      channel_.socket_paths = std::move(*paths);
    }
    return {};
  }

  // What failed before, or never ran, is not started before its connectors say that it can work.
  awaitable<Result<void>> pass_checks() {
    if (services_.questions == nullptr) co_return Result<void>();
    for (const auto& check : order_.checks) {
      auto answer = [weak = weak_from_this(),
                     executor = executor_](Result<protocol::JsonText> said) {
        asio::post(executor, [weak, said = std::move(said)]() mutable {
          if (auto work = weak.lock()) work->mailbox_.put(Checked{std::move(said)});
        });
      };
      services_.questions->ask(check, kCheckAge, std::move(answer));
      auto passed = co_await await_check(check);
      if (!passed) co_return passed;
    }
    if (order_.checks.empty()) co_return Result<void>();
    auto renewed = co_await renew_order();
    co_return renewed;
  }

  // A check may have given its connector a new configuration: the old one may be worth nothing now.
  awaitable<Result<void>> renew_order() {
    auto making = [this](sqlite::Transaction& store) -> Result<AttemptOrder> {
      if (is_called_off(store, order_.input.claimed.job)) return called_off();
      return make_order(store, services_.vault, order_.input.claimed, order_.environment);
    };
    auto renewed = co_await in_database(services_.database, making);
    if (!renewed) {
      if (renewed.error().code == ErrorCode::cancelled) stopped_ = StopCause::inactive;
      co_return std::move(renewed).error();
    }
    auto& secrets = renewed->secrets;
    secrets.insert(secrets.end(), order_.secrets.begin(), order_.secrets.end());
    order_ = std::move(*renewed);
    co_return Result<void>();
  }

  awaitable<Result<void>> await_check(const operation::StoredQuestion& check) {
    for (;;) {
      Letter letter = co_await mailbox_.take();
      if (auto* checked = std::get_if<Checked>(&letter)) {
        // Wharf ends, and its word to us is still on its way.
        if (!checked->answer && !stopped_ && services_.questions->is_closed()) {
          stopped_ = StopCause::shutdown;
        }
        auto verdict = verdict_of(check, std::move(checked->answer));
        checked_.push_back(fmt::format("check of the {}: {}", definition::name_of(check.kind),
                                       verdict ? "passed" : verdict.error().message));
        co_return verdict;
      }
      auto* event = std::get_if<Event>(&letter);
      if (event != nullptr && std::holds_alternative<StopRequested>(*event)) {
        co_return stopped_early();
      }
    }
  }

  void end_stage(std::string_view stage, std::chrono::nanoseconds took) {
    report_.stages.emplace_back(stage, std::max(took, std::chrono::nanoseconds(0)));
  }

  void open_books() {
    end_stage("launch", services_.clock.steady() - stage_began_);
    stage_began_ = services_.clock.steady();
    bookkeeper::BookedAttempt books;
    books.id = id();
    books.connection = order_.input.connection;
    for (const auto& stream : order_.input.claimed.job.config.catalog.streams) {
      books.streams.push_back(stream.stream.descriptor);
    }
    books.complete = order_.input.left_out;
    books.by_socket = by_socket();
    books.strict_counts = order_.input.source.definition.is_builtin() &&
                          order_.input.destination.definition.is_builtin();
    books.on_failure = [weak = weak_from_this(), executor = executor_](const Error& error) {
      asio::post(executor, [weak, error] {
        if (auto work = weak.lock()) work->mailbox_.put(BooksFailed{error});
      });
    };
    books_id_ = id();
    desk_->open_books(books_id_);
    watched_(services_.bookkeeper.open(std::move(books)));
    books_open_ = true;
  }

  // Starts `write`, and again if what it answers asks for higher numbers.
  awaitable<Result<void>> start_destination() {
    for (int round = 0; round < 3; ++round) {
      auto workload = workload::destination_workload(order_.input, channel_);
      auto launched = co_await launch(Side::destination, std::move(workload));
      if (!launched) co_return launched;
      std::optional<protocol::Position> position;
      if (order_.input.destination.definition.holds_position) {
        auto said = co_await await_position();
        if (!said) co_return std::move(said).error();
        position = std::move(*said);
      }
      base::after_step("position_answered");
      auto settled = settle(std::move(position));
      const bool again = co_await std::move(settled);
      base::after_step("attempt_settled");
      if (!again) co_return Result<void>();
      say("write is started again: the destination knows higher numbers or complete streams");
      co_await stop_destination();
      if (stopped_) co_return stopped_early();
      if (nothing_left()) co_return Result<void>();
    }
    co_return Error{ErrorCode::internal, "the destination's numbers keep rising",
                    Origin::destination};
  }

  static Error stopped_early() {
    return Error{ErrorCode::cancelled, "stopped before the destination stood"};
  }

  awaitable<Result<protocol::Position>> await_position() {
    arm(kPositionDeadline);
    for (;;) {
      Letter letter = co_await mailbox_.take();
      if (auto* said = std::get_if<Positioned>(&letter)) {
        timer_.cancel();
        co_return std::move(said->position);
      }
      if (auto* ended = std::get_if<SideEnded>(&letter)) {
        note_end(*ended);
        co_return Error{
            ErrorCode::connector_failed,
            fmt::format("the destination ended with {} before it said where its rows end",
                        ended->status.describe()),
            Origin::destination};
      }
      if (std::holds_alternative<TaskEnded>(letter)) --tasks_;
      auto* event = std::get_if<Event>(&letter);
      if (event == nullptr) continue;
      if (auto* faulted = std::get_if<Faulted>(event)) co_return faulted->error;
      if (std::holds_alternative<StopRequested>(*event)) {
        co_return stopped_early();
      }
      if (std::holds_alternative<TimerExpired>(*event)) {
        co_return Error{ErrorCode::timed_out,
                        fmt::format("the destination did not say where its rows end within {} s",
                                    kPositionDeadline.count()),
                        Origin::destination};
      }
    }
  }

  // Decides where each stream starts. True: write must be started again.
  awaitable<bool> settle(std::optional<protocol::Position> position) {
    auto& claimed = order_.input.claimed;
    auto facts = start_facts(order_.input, channel_.medium, std::move(position));
    const auto now = services_.clock.wall();
    auto carry_out = [&](sqlite::Transaction& transaction) {
      facts.checkpoints = checkpoint::checkpoint_table::load(transaction, order_.input.connection);
      auto plan = checkpoint::plan_start(facts);
      const auto number = job::job_steps::settle(transaction, id(), plan, now);
      auto fresh = job::job_steps::load(transaction, number);
      return std::make_pair(std::move(plan), std::move(fresh));
    };
    auto settled = co_await in_database(services_.database, carry_out);
    auto& [plan, fresh] = settled;
    order_.input.left_out.clear();
    const bool again = plan.write_again;
    for (const auto& start : plan.streams) {
      say(fmt::format("stream {} starts from {}: {}", protocol::to_string(start.stream),
                      checkpoint::name_of(start.from), start.reason));
      if (start.from == checkpoint::StartFrom::left_out)
        order_.input.left_out.push_back(start.stream);
    }
    for (auto& notice : plan.notices) {
      say(notice);
      report_.notices.push_back(std::move(notice));
    }
    claimed = std::move(fresh);
    report_.attempt = claimed.attempt;
    start_ = std::move(plan.state);
    co_return again;
  }

  bool nothing_left() const {
    return order_.input.left_out.size() >= order_.input.claimed.job.config.catalog.streams.size();
  }

  // ---- the two sides

  One& of(Side side) { return side == Side::source ? source_ : destination_; }

  awaitable<Result<void>> launch(Side side, workload::Workload workload) {
    auto launched = services_.launcher.launch(executor_, workload, *run_);
    if (!launched) co_return std::move(launched).error();
    One& one = of(side);
    one.stream.reset();
    one.connector = std::move(*launched);
    base::after_step(side == Side::source ? "source_spawned" : "destination_spawned");
    co_await record_identity(side, *one.connector);
    base::after_step(side == Side::source ? "source_recorded" : "destination_recorded");
    if (side == Side::destination) destination_input_ = one.connector->take_stdin();
    if (side == Side::source && !by_socket()) make_pump();
    one.stream.emplace(executor_, side, *one.connector, *log_, services_.line_limit,
                       events_of(side));
    auto started = co_await one.connector->started();
    if (!started) {
      one.stream.reset();
      one.connector.reset();
      co_return started;
    }
    one.running = true;
    watch(side);
    base::after_step(side == Side::source ? "source_started" : "destination_started");
    co_return Result<void>();
  }

  ConnectorEvents events_of(Side side) {
    return {[this, side](protocol::Message message) {
              if (std::holds_alternative<protocol::StateMessage>(message)) note_sign(side);
              return desk_->take(side, std::move(message));
            },
            [this, side](Error error) { mailbox_.put(Event(Faulted{side, std::move(error)})); }};
  }

  // Written before the connector gets to work, so that a crash leaves no unknown process.
  awaitable<void> record_identity(Side side, launcher::RunningConnector& connector) {
    const auto identity = connector.identity();
    const auto now = services_.clock.wall();
    const workload::StartedProcess process{identity.pid, identity.group,
                                           static_cast<std::int64_t>(identity.start_time),
                                           services_.boot_id};
    auto record = [&](sqlite::Transaction& transaction) {
      namespace table = workload::workload_table;
      const auto workload =
          table::insert(transaction, id(), side == Side::source, run_->path().string(), now);
      table::started(transaction, workload, process);
      job::job_table::describe_attempt(transaction, id(), by_socket() ? "socket" : "stdio",
                                       report_.log.string());
      workload::own_sync::told(transaction, order_.input.connection, workload::Tidings::running,
                               std::nullopt, now);
      return workload;
    };
    of(side).recorded = co_await in_database(services_.database, record);
  }

  awaitable<void> record_ends() {
    const auto now = services_.clock.wall();
    auto record = [&](sqlite::Transaction& transaction) {
      for (const One* one : {&source_, &destination_}) {
        if (!one->recorded) continue;
        workload::workload_table::ended(transaction, *one->recorded, one->status.describe(), now);
      }
    };
    try {
      co_await in_database(services_.database, record);
    } catch (const std::exception& exception) {  // the next start finds them ended
      services_.log.error("the ends of connectors are not recorded", {{"why", exception.what()}});
    }
    base::after_step("ends_recorded");
  }

  void watch(Side side) {
    ++tasks_;
    One& one = of(side);
    std::optional<ConnectorStream::OtherReader> reader;
    if (side == Side::source && pump_) {
      reader = ConnectorStream::OtherReader{[this] { return pump(); },
                                            [this] { pump_->source_exited(); }};
    }
    asio::co_spawn(executor_, one.stream->run(std::move(reader)),
                   [this, side, self = shared_from_this()](std::exception_ptr thrown,
                                                           process::ExitStatus status) {
                     if (thrown) mailbox_.put(BooksFailed{error_of(thrown)});
                     mailbox_.put(SideEnded{side, status});
                   });
  }

  static Error error_of(const std::exception_ptr& thrown) {
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& exception) {
      return Error{ErrorCode::internal, exception.what(), Origin::platform};
    }
  }

  awaitable<void> pump() {
    auto moved = co_await pump_->run();
    if (!moved) mailbox_.put(Event(Faulted{Side::source, std::move(moved).error()}));
  }

  void make_pump() {
    PumpEvents events;
    events.state = [this](bookkeeper::StateEmitted state) {
      note_sign(Side::source);
      return book(services_.bookkeeper, books_id_, std::move(state));
    };
    events.line = [this](std::string_view line) { return source_.stream->take_line(line); };
    events.counted = [this](bookkeeper::RowsCounted rows) {
      // A display's figure: where there is no room for it now, the next one says it as well.
      services_.bookkeeper.offer(books_id_, std::move(rows), [] {});
    };
    StdioPump::Options options;
    options.line_limit = services_.line_limit;
    options.says_complete = order_.input.destination.definition.supports_refreshes;
    for (const auto& stream : order_.input.claimed.job.config.catalog.streams) {
      if (stream.sync_mode == protocol::SyncMode::full_refresh) {
        options.full_refresh.push_back(stream.stream.descriptor);
      }
    }
    pump_.emplace(executor_, source_.connector->take_stdout(), std::move(destination_input_),
                  pump_streams(order_.input), std::move(options), std::move(events));
    desk_->names_as_the_source(
        [this](const protocol::StreamDescriptor& stream) { return pump_->source_name(stream); });
  }

  // ---- the machine's effects

  awaitable<void> handle(Letter letter) {
    if (auto* event = std::get_if<Event>(&letter)) {
      co_await apply(*event);
    } else if (auto* ended = std::get_if<SideEnded>(&letter)) {
      note_end(*ended);
      Event event_of_end = Ended{ended->side, ended->status};
      co_await apply(std::move(event_of_end));
    } else if (auto* failed = std::get_if<BooksFailed>(&letter)) {
      Event fault = Faulted{Side::source, std::move(failed->error)};
      co_await apply(std::move(fault));
    } else if (std::holds_alternative<TaskEnded>(letter)) {
      --tasks_;
    }
  }

  awaitable<void> apply(Event event) {
    for (const Effect& effect : step(machine_, event)) {
      if (std::holds_alternative<LaunchSource>(effect)) {
        co_await launch_source();
      } else if (auto* close = std::get_if<CloseDestinationInput>(&effect)) {
        close_input(close->complete);
      } else if (auto* stop = std::get_if<Stop>(&effect)) {
        stop_side(stop->side, stop->grace);
      } else if (auto* arm_timer = std::get_if<ArmTimer>(&effect)) {
        arm(arm_timer->after);
      }
    }
  }

  awaitable<void> launch_source() {
    auto workload = workload::source_workload(order_.input, channel_, start_);
    auto launched = co_await launch(Side::source, std::move(workload));
    if (!launched) {
      mailbox_.put(Event(LaunchFailed{Side::source, std::move(launched).error()}));
    }
  }

  void close_input(bool complete) {
    if (!pump_) {
      if (by_socket()) {
        workload::refuse_connections(channel_.socket_paths);
      } else {
        destination_input_.reset();
      }
      return;
    }
    ++tasks_;
    asio::co_spawn(
        executor_, pump_->finish(complete),
        [this, self = shared_from_this()](std::exception_ptr) { mailbox_.put(TaskEnded{}); });
  }

  void stop_side(Side side, std::chrono::milliseconds grace) {
    One& one = of(side);
    if (!one.connector || !one.running) return;
    if (side == Side::destination && pump_) pump_->abandon();
    ++tasks_;
    asio::co_spawn(executor_, one.connector->stop(grace),
                   [this, self = shared_from_this()](std::exception_ptr, process::ExitStatus) {
                     mailbox_.put(TaskEnded{});
                   });
  }

  void arm(std::chrono::milliseconds after) {
    timer_.expires_after(after);
    timer_.async_wait([this, self = shared_from_this()](const boost::system::error_code& error) {
      if (!error) mailbox_.put(Event(TimerExpired{}));
    });
  }

  // ---- signs of life

  void note_sign(Side side) {
    (side == Side::source ? signs_.source : signs_.destination) = LivenessSigns::Time::clock::now();
  }

  void look_at_pump() {
    signs_.destination_blocks = pump_ && pump_->is_blocked();
    if (!pump_) return;
    if (pump_->rows_read() != rows_read_) note_sign(Side::source);
    if (pump_->bytes_taken() != bytes_taken_) note_sign(Side::destination);
    rows_read_ = pump_->rows_read();
    bytes_taken_ = pump_->bytes_taken();
  }

  // Until it is found dead once: then it is being ended, or is cancelled with everything else.
  void watch_liveness() {
    liveness_timer_.expires_after(look_every(limits_));
    liveness_timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
      const auto work = weak.lock();
      if (error || !work) return;
      work->look_at_pump();
      auto dead = find_dead(work->signs_, work->limits_, LivenessSigns::Time::clock::now());
      if (dead) return work->mailbox_.put(Event(std::move(*dead)));
      work->watch_liveness();
    });
  }

  void note_end(const SideEnded& ended) {
    --tasks_;
    if (ended.side == Side::source) {
      signs_.source_ended = true;
      note_sign(Side::source);
    }
    One& one = of(ended.side);
    one.running = false;
    one.status = ended.status;
    const auto& end = ended.side == Side::source ? order_.input.source : order_.input.destination;
    report_.exits.push_back({end.definition.name, ended.status});
    say(fmt::format("the {} ended with {}", name_of(ended.side), ended.status.describe()));
  }

  // Of a destination that is to be started again.
  awaitable<void> stop_destination() {
    destination_input_.reset();
    stop_side(Side::destination, machine_.graces.source);
    while (destination_.running || tasks_ > 0) {
      Letter letter = co_await mailbox_.take();
      if (auto* ended = std::get_if<SideEnded>(&letter)) note_end(*ended);
      if (std::holds_alternative<TaskEnded>(letter)) --tasks_;
    }
    co_await record_ends();
    destination_.recorded.reset();
  }

  // ---- the end

  // Whatever the story came to: nothing of it runs any more.
  awaitable<void> end_everything() {
    timer_.cancel();
    liveness_timer_.cancel();
    destination_input_.reset();
    stop_side(Side::source, machine_.graces.source);
    stop_side(Side::destination, machine_.graces.source);
    while (tasks_ > 0) {
      Letter letter = co_await mailbox_.take();
      if (auto* ended = std::get_if<SideEnded>(&letter)) note_end(*ended);
      if (std::holds_alternative<TaskEnded>(letter)) --tasks_;
    }
    source_.stream.reset();
    destination_.stream.reset();
    pump_.reset();
  }

  awaitable<void> conclude_attempt() {
    co_await record_ends();
    AttemptFacts facts;
    facts.attempt = id();
    facts.failures = std::move(machine_.failures);
    if (desk_) facts.traces = desk_->take_traces();
    facts.stopped = stopped_;
    if (books_open_) {
      const auto ending = books_ending(facts);
      auto close = [&](std::function<void(bookkeeper::BookSummary)> done) {
        services_.bookkeeper.close(books_id_, ending, std::move(done));
      };
      facts.books = co_await called_back<bookkeeper::BookSummary>(close);
    }
    facts.now = services_.clock.wall();
    mask(facts, order_.secrets);
    report_.outcome = conclude(facts);
    for (auto& warning : facts.books.warnings) {
      say(warning);
      report_.notices.push_back(warning);
    }
    report_.books = std::move(facts.books);
    if (log_ && !report_.outcome.reasons.empty()) {
      const auto origin = report_.outcome.reasons.front().origin;
      report_.stderr_tail = log_->tail(origin == bookkeeper::FailureOrigin::destination
                                           ? LogSource::destination_stderr
                                           : LogSource::source_stderr,
                                       20);
      for (const auto& reason : report_.outcome.reasons) say("failed: " + reason.external);
    }
    say(fmt::format("attempt {}", name_of(report_.outcome.verdict)));
  }

  static bookkeeper::Ending books_ending(const AttemptFacts& facts) {
    if (facts.stopped == StopCause::cancel) return bookkeeper::Ending::cancelled;
    const bool good = facts.failures.empty() && !facts.stopped;
    return good ? bookkeeper::Ending::succeeded : bookkeeper::Ending::failed;
  }

  void say(std::string_view what) {
    if (log_) log_->append(LogSource::platform, Level::info, what);
  }

  const asio::any_io_executor executor_;
  const AttemptServices services_;
  AttemptOrder order_;
  const Watched watched_;

  // Owned by the strand, in order of dependence.
  std::vector<std::string> checked_;  // for the log, which is opened when all secrets are known
  std::unique_ptr<bookkeeper::AttemptLog> log_;
  std::optional<MessageDesk> desk_;
  std::optional<workload::RunDirectory> run_;
  workload::DataChannel channel_;
  protocol::StartState start_;
  One destination_;
  One source_;
  base::UniqueFd destination_input_;
  std::optional<StdioPump> pump_;
  AttemptState machine_;
  Mailbox<Letter> mailbox_;
  asio::steady_timer timer_;
  asio::steady_timer liveness_timer_;
  LivenessLimits limits_;
  LivenessSigns signs_;
  std::uint64_t rows_read_ = 0;    // of the pump, when it was looked at last
  std::uint64_t bytes_taken_ = 0;  // the same
  base::AttemptId books_id_;
  bool books_open_ = false;
  std::optional<StopCause> stopped_;
  base::SteadyTime stage_began_{};
  int tasks_ = 0;  // coroutines that still use this object
  AttemptReport report_;
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

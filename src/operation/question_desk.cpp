#include "operation/question_desk.h"

#include "base/guarded.h"
#include "connection/sealing.h"
#include "operation/await.h"
#include "operation/prepared_question.h"
#include "workload/workload_queue.h"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <map>
#include <utility>

namespace wharf::operation {
namespace {

namespace asio = boost::asio;
namespace queue = workload::workload_queue;
using asio::awaitable;
using protocol::JsonText;
using workload::Priority;
using workload::Tidings;

constexpr std::chrono::seconds kPause{1};   // before the store is asked again that did not answer
constexpr std::chrono::minutes kMargin{1};  // a connector's end, beyond the time that it has
constexpr std::string_view kLauncher = "wharf";

Error closed() {
  return Error{ErrorCode::cancelled, "Wharf is stopping; the question is asked when it is back"};
}

Error error_of(std::exception_ptr thrown) {
  try {
    std::rethrow_exception(std::move(thrown));
  } catch (const std::exception& exception) {
    return Error{ErrorCode::internal, exception.what()};
  }
}

/// Who waits for which workload to end.
struct Waiting {
  std::multimap<std::string, QuestionDesk::Answered, std::less<>> answered;
  bool closed = false;
};

/// What came of a wish: an answer that is known, or the workload that will bring one.
struct Admitted {
  std::optional<JsonText> known;
  std::string workload;
};

/// A workload that is to be asked now.
struct Claimed {
  std::string workload;
  workload::Priority priority;
  Result<PreparedQuestion> prepared;
};

}  // namespace

// The queue's side lives on one strand of the engine; those who wait come from any thread.
class QuestionDesk::Work : public std::enable_shared_from_this<QuestionDesk::Work> {
 public:
  Work(const asio::any_io_executor& executor, Services services, int at_once)
      : strand_(asio::make_strand(executor)),
        engine_(executor),
        services_(std::move(services)),
        at_once_(at_once),
        bell_(strand_) {}

  void begin() {
    asio::co_spawn(strand_, work(), [self = shared_from_this()](std::exception_ptr thrown) {
      if (thrown) self->report(error_of(std::move(thrown)));
    });
  }

  void ask(const StoredQuestion& question, std::chrono::milliseconds age, Answered answered) {
    auto workload = std::make_shared<std::string>();
    auto self = shared_from_this();
    auto admitting = [self, question, age, answered, workload](sqlite::Transaction& transaction) {
      auto admitted = self->admit(transaction, question, age);
      if (admitted && !admitted->known) {
        *workload = admitted->workload;
        self->wait_for(admitted->workload, answered);
      }
      return admitted;
    };
    services_.database.write_then(std::move(admitting), [self, answered, workload](auto future) {
      try {
        auto admitted = future.get();
        if (!admitted) return answered(std::move(admitted).error());
        if (admitted->known) return answered(std::move(*admitted->known));
        self->ring();
      } catch (...) {
        const Error error = error_of(std::current_exception());
        if (workload->empty()) return answered(error);
        self->answer(*workload, error);
      }
    });
  }

  void ring() {
    asio::post(strand_, [self = shared_from_this()] {
      self->rung_ = true;
      self->bell_.cancel();
    });
  }

  void look_at(const std::string& workload) {
    const bool waited_for =
        waiting_.with([&](const Waiting& waiting) { return waiting.answered.contains(workload); });
    if (!waited_for) return;
    const auto ended = services_.database.read(
        [&](sqlite::Connection& store) { return queue::get(store, workload); });
    if (ended && !workload::is_terminal(ended->status)) return;
    answer(workload,
           Error{ErrorCode::cancelled, "somebody else has ended the question's workload"});
  }

  bool is_closed() const {
    return waiting_.with([](const Waiting& waiting) { return waiting.closed; });
  }

  void stop() {
    asio::post(strand_, [self = shared_from_this()] {
      self->stopping_ = true;
      self->bell_.cancel();
    });
    auto left = waiting_.with([](Waiting& waiting) {
      waiting.closed = true;
      return std::exchange(waiting.answered, {});
    });
    for (const auto& [workload, answered] : left) answered(closed());
  }

 private:
  // ---- those who wait

  void wait_for(const std::string& workload, const Answered& answered) {
    const bool is_closed = waiting_.with([&](Waiting& waiting) {
      if (!waiting.closed) waiting.answered.emplace(workload, answered);
      return waiting.closed;
    });
    if (is_closed) answered(closed());
  }

  void answer(const std::string& workload, const Result<JsonText>& text) {
    std::vector<Answered> who;
    waiting_.with([&](Waiting& waiting) {
      const auto [first, last] = waiting.answered.equal_range(workload);
      for (auto each = first; each != last; ++each) who.push_back(std::move(each->second));
      waiting.answered.erase(first, last);
    });
    for (const auto& answered : who) answered(text);
  }

  // ---- the queue

  Result<Admitted> admit(sqlite::Transaction& transaction, const StoredQuestion& question,
                         std::chrono::milliseconds age) {
    auto prepared = prepare(transaction, question, services_.vault, services_.environment);
    if (!prepared) return std::move(prepared).error();
    const auto now = services_.clock.wall();
    const auto known = definition::answer_table::get(transaction, prepared->key);
    if (known && now - known->at < age) return Admitted{known->body, {}};
    const auto wish = wish_of(
        question, base::fingerprint(prepared->key.connector + '/' + prepared->key.config_hash));
    const auto live = queue::find_live(transaction, wish.group, wish.type, wish.input);
    if (live) {
      queue::raise_to(transaction, *live, wish.priority);
      return Admitted{{}, *live};
    }
    auto created = queue::create(transaction, wish, now);
    if (!created) return std::move(created).error();
    return Admitted{{}, wish.id};
  }

  awaitable<void> work() {
    while (!stopping_) {
      if (!may_begin().empty()) {
        const bool claimed = co_await claim_one();
        if (claimed) continue;
      }
      if (std::exchange(rung_, false)) continue;
      if (!paused_) bell_.expires_at(asio::steady_timer::time_point::max());
      boost::system::error_code woken;
      co_await bell_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
      paused_ = false;
    }
  }

  // Those that somebody waits for at a door go first. Checks of syncs may take as long as they
  // like and as many places as there are: one question of a door is asked beside them.
  std::vector<Priority> may_begin() const {
    std::vector<Priority> priorities;
    if (running_ < at_once_ || running_high_ == 0) priorities.push_back(Priority::high);
    if (running_ < at_once_) priorities.push_back(Priority::standard);
    return priorities;
  }

  static std::optional<std::string> next(sqlite::Transaction& transaction,
                                         const std::vector<Priority>& priorities,
                                         base::WallTime now) {
    for (const auto priority : priorities) {
      auto found = queue::poll(transaction, workload::kOwnGroup, priority, 1, now);
      if (!found.empty()) return std::move(found.front().wish.id);
    }
    return std::nullopt;
  }

  std::optional<Claimed> claim(sqlite::Transaction& transaction,
                               const std::vector<Priority>& priorities, base::WallTime now) {
    auto id = next(transaction, priorities, now);
    if (!id) return std::nullopt;
    queue::claim(transaction, *id, kLauncher, {}, now);
    const auto workload = queue::get(transaction, *id);
    const auto question = question_of(workload->wish);
    Claimed claimed{*id, workload->wish.priority,
                    Error{ErrorCode::invalid_argument, "the workload asks nothing"}};
    if (question) {
      claimed.prepared = prepare(transaction, *question, services_.vault, services_.environment);
    }
    if (!claimed.prepared) {
      fail(transaction, *id, claimed.prepared.error(), now);
      return claimed;
    }
    queue::tell(transaction, *id, {.tidings = Tidings::launched}, now).value();
    const auto limit = now + question_to(*claimed.prepared).deadline + kMargin;
    queue::tell(transaction, *id, {.tidings = Tidings::running, .deadline = limit}, now).value();
    return claimed;
  }

  awaitable<bool> claim_one() {
    std::optional<Claimed> claimed;
    try {
      auto claiming = [this, now = services_.clock.wall(),
                       priorities = may_begin()](sqlite::Transaction& transaction) {
        return claim(transaction, priorities, now);
      };
      claimed = co_await in_database(services_.database, claiming);
    } catch (const std::exception& exception) {
      report(Error{ErrorCode::internal, exception.what()});
      bell_.expires_after(kPause);
      paused_ = true;
      co_return false;
    }
    if (!claimed) co_return false;
    if (claimed->prepared) {
      start(std::move(claimed->workload), claimed->priority, std::move(*claimed->prepared));
    } else {
      answer(claimed->workload, claimed->prepared.error());
    }
    co_return true;
  }

  void start(std::string workload, Priority priority, PreparedQuestion prepared) {
    const int high = priority == Priority::high ? 1 : 0;
    ++running_;
    running_high_ += high;
    auto strand = asio::make_strand(engine_);
    auto running = run(std::make_shared<PreparedQuestion>(std::move(prepared)), workload);
    asio::co_spawn(strand, std::move(running),
                   [self = shared_from_this(), workload, high](std::exception_ptr thrown) {
                     if (thrown) self->answer(workload, error_of(std::move(thrown)));
                     asio::post(self->strand_, [self, high] {
                       --self->running_;
                       self->running_high_ -= high;
                       self->rung_ = true;
                       self->bell_.cancel();
                     });
                   });
  }

  awaitable<void> run(std::shared_ptr<PreparedQuestion> prepared, std::string workload) {
    auto question = question_to(*prepared);
    question.line_limit = services_.line_limit;
    auto asked = co_await operation::ask(services_.launcher, services_.runs, std::move(question));
    auto came = answer_to(*prepared, std::move(asked));
    auto concluding = [this, &prepared, &workload, &came](sqlite::Transaction& transaction) {
      conclude(transaction, *prepared, workload, came);
      return true;
    };
    co_await in_database(services_.database, concluding);
    answer(workload, came.text);
  }

  void conclude(sqlite::Transaction& transaction, const PreparedQuestion& prepared,
                const std::string& workload, const QuestionAnswer& came) {
    const auto now = services_.clock.wall();
    if (came.new_config) {
      connection::keep_overlay(transaction, services_.vault, prepared.question.kind,
                               prepared.question.id, *came.new_config, now);
    }
    if (!came.text)
      return fail(transaction, workload, came.text.error(), now, output_of(prepared, came));
    const bool is_check = prepared.question.asks == definition::Question::check;
    if (!is_check || connection_status_of(*came.text).succeeded) {
      definition::answer_table::put(transaction, prepared.key, {*came.text, now});
    }
    end(transaction, workload, {.tidings = Tidings::success, .output = output_of(prepared, came)},
        now);
  }

  void fail(sqlite::Transaction& transaction, const std::string& workload, const Error& error,
            base::WallTime now, std::optional<JsonText> output = {}) {
    end(transaction, workload,
        {.tidings = Tidings::failure,
         .source = std::string(name_of(error.origin)),
         .reason = error.message,
         .output = std::move(output)},
        now);
  }

  // Somebody may have ended it meanwhile: then that stands.
  static void end(sqlite::Transaction& transaction, const std::string& workload,
                  const queue::Told& told, base::WallTime now) {
    if (auto ended = queue::tell(transaction, workload, told, now); !ended) return;
  }

  void report(const Error& error) {
    services_.log.error("questions to connectors cannot be asked now", {{"why", error.message}});
  }

  asio::any_io_executor strand_;
  const asio::any_io_executor engine_;
  const Services services_;
  const int at_once_;
  asio::steady_timer bell_;
  int running_ = 0;
  int running_high_ = 0;  // of them
  bool rung_ = false;
  bool paused_ = false;
  bool stopping_ = false;
  base::Guarded<Waiting> waiting_;
};

QuestionDesk::QuestionDesk(const asio::any_io_executor& executor, Services services, int at_once)
    : work_(std::make_shared<Work>(executor, std::move(services), at_once)) {}

QuestionDesk::~QuestionDesk() {
  work_->stop();
}

void QuestionDesk::begin() {
  work_->begin();
}

void QuestionDesk::ask(const StoredQuestion& question, std::chrono::milliseconds age,
                       Answered answered) {
  work_->ask(question, age, std::move(answered));
}

void QuestionDesk::ring() {
  work_->ring();
}

void QuestionDesk::look_at(std::string_view workload) {
  work_->look_at(std::string(workload));
}

void QuestionDesk::stop() {
  work_->stop();
}

bool QuestionDesk::is_closed() const {
  return work_->is_closed();
}

}  // namespace wharf::operation

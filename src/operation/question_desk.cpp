#include "operation/question_desk.h"

#include "connection/sealing.h"
#include "operation/await.h"
#include "operation/prepared_question.h"
#include "operation/question_queue.h"
#include "operation/question_waiters.h"
#include "workload/workload_queue.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <utility>

namespace wharf::operation {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using protocol::JsonText;
using workload::Priority;

constexpr std::chrono::seconds kPause{1};  // before the store is asked again that did not answer

Error error_of(std::exception_ptr thrown) {
  try {
    std::rethrow_exception(std::move(thrown));
  } catch (const std::exception& exception) {
    return Error{ErrorCode::internal, exception.what()};
  }
}

}  // namespace

// Lives on one strand of the engine; who waits comes from any thread.
class QuestionDesk::Work : public std::enable_shared_from_this<QuestionDesk::Work> {
 public:
  Work(const asio::any_io_executor& executor, Services services, int at_once)
      : strand_(asio::make_strand(executor)),
        engine_(executor),
        services_(std::move(services)),
        queue_(services_.vault, services_.environment),
        at_once_(at_once),
        bell_(strand_) {}

  void begin() {
    asio::co_spawn(strand_, work(), [self = shared_from_this()](std::exception_ptr thrown) {
      if (thrown) self->report(error_of(std::move(thrown)));
    });
  }

  void ask(const StoredQuestion& question, std::chrono::milliseconds age, Answered answered,
           launcher::News heard) {
    auto workload = std::make_shared<std::string>();
    auto self = shared_from_this();
    auto admitting = [self, question, age, answered, heard,
                      workload](sqlite::Transaction& transaction) {
      auto admitted = self->queue_.admit(transaction, question, age, self->services_.clock.wall());
      if (admitted && !admitted->known) {
        *workload = admitted->workload;
        self->waiters_.add(admitted->workload, answered, heard);
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
        self->waiters_.answer(*workload, error);
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
    if (!waiters_.waits_for(workload)) return;
    const auto ended = services_.database.read(
        [&](sqlite::Connection& store) { return workload::workload_queue::get(store, workload); });
    if (ended && !workload::is_terminal(ended->status)) return;
    waiters_.answer(workload,
                    Error{ErrorCode::cancelled, "somebody else has ended the question's workload"});
  }

  bool is_closed() const { return waiters_.is_closed(); }

  void stop() {
    asio::post(strand_, [self = shared_from_this()] {
      self->stopping_ = true;
      self->bell_.cancel();
    });
    waiters_.close();
  }

 private:
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

  awaitable<bool> claim_one() {
    std::optional<ClaimedQuestion> claimed;
    try {
      auto claiming = [this, now = services_.clock.wall(),
                       priorities = may_begin()](sqlite::Transaction& transaction) {
        return queue_.claim(transaction, priorities, now);
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
      waiters_.answer(claimed->workload, claimed->prepared.error());
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
                     if (thrown) self->waiters_.answer(workload, error_of(std::move(thrown)));
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
    question.news = [self = shared_from_this(), who = prepared->who,
                     workload](std::string_view line) {
      self->services_.log.info("a question waits", {{"of", who}, {"for", std::string(line)}});
      self->waiters_.tell(workload, line);
    };
    auto asked = co_await operation::ask(services_.launcher, services_.runs, std::move(question));
    // Not asked to the end: it stands in the queue for the next life.
    if (!asked && asked.error().code == ErrorCode::cancelled && is_closed()) co_return;
    auto came = answer_to(*prepared, std::move(asked));
    if (came.new_config && came.new_config->size() > connection::kOverlayLimit) {
      services_.log.error(
          "a connector has given itself too long a configuration: the one before stays",
          {{"of", prepared->question.id},
           {"bytes", static_cast<std::int64_t>(came.new_config->size())}});
      came.new_config.reset();
    }
    auto concluding = [this, &prepared, &workload, &came](sqlite::Transaction& transaction) {
      queue_.conclude(transaction, *prepared, workload, came, services_.clock.wall());
      return true;
    };
    co_await in_database(services_.database, concluding);
    waiters_.answer(workload, came.text);
  }

  void report(const Error& error) {
    services_.log.error("questions to connectors cannot be asked now", {{"why", error.message}});
  }

  asio::any_io_executor strand_;
  const asio::any_io_executor engine_;
  const Services services_;
  const QuestionQueue queue_;
  const int at_once_;
  asio::steady_timer bell_;
  int running_ = 0;
  int running_high_ = 0;  // of them
  bool rung_ = false;
  bool paused_ = false;
  bool stopping_ = false;
  QuestionWaiters waiters_;  // theirs are other threads, too
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
                       Answered answered, launcher::News heard) {
  work_->ask(question, age, std::move(answered), std::move(heard));
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

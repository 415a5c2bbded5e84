#include "replication/prior_checks.h"

#include "operation/prepared_question.h"

#include <fmt/format.h>

#include <boost/asio/post.hpp>
#include <utility>

namespace wharf::replication {
namespace {

using boost::asio::awaitable;

constexpr std::chrono::seconds kCheckAge{60};  // connections that share an end need not ask again

void ask(RunningAttempt& attempt, const operation::StoredQuestion& check) {
  auto answer = [weak = attempt.weak_from_this(),
                 executor = attempt.executor](Result<protocol::JsonText> said) {
    boost::asio::post(executor, [weak, said = std::move(said)]() mutable {
      if (auto asker = weak.lock()) asker->mailbox.put(Checked{std::move(said)});
    });
  };
  auto heard = [weak = attempt.weak_from_this(),
                executor = attempt.executor](std::string_view news) {
    boost::asio::post(executor, [weak, line = std::string(news)] {
      if (auto asker = weak.lock()) asker->say(line);
    });
  };
  attempt.services.questions->ask(check, kCheckAge, std::move(answer), std::move(heard));
}

awaitable<Result<void>> await_check(RunningAttempt& attempt,
                                    const operation::StoredQuestion& check) {
  for (;;) {
    Letter letter = co_await attempt.mailbox.take();
    if (auto* checked = std::get_if<Checked>(&letter)) {
      // Wharf ends, and its word to us is still on its way.
      if (!checked->answer && !attempt.stopped && attempt.services.questions->is_closed()) {
        attempt.stopped = StopCause::shutdown;
      }
      auto verdict = verdict_of(check, std::move(checked->answer));
      attempt.say(fmt::format("check of the {}: {}", definition::name_of(check.kind),
                              verdict ? "passed" : verdict.error().message));
      co_return verdict;
    }
    auto* event = std::get_if<Event>(&letter);
    if (event != nullptr && std::holds_alternative<StopRequested>(*event)) {
      co_return stopped_early();
    }
  }
}

// A check may have given its connector a new configuration: the old one may be worth nothing now.
awaitable<Result<void>> renew_order(RunningAttempt& attempt) {
  AttemptOrder& order = attempt.order;
  auto making = [&](sqlite::Transaction& store) -> Result<AttemptOrder> {
    if (is_called_off(store, order.input.claimed.job)) return called_off();
    return make_order(store, attempt.services.vault, order.input.claimed, order.environment);
  };
  auto renewed = co_await in_database(attempt.services.database, making);
  if (!renewed) {
    if (renewed.error().code == ErrorCode::cancelled) attempt.stopped = StopCause::inactive;
    co_return std::move(renewed).error();
  }
  auto& secrets = renewed->secrets;
  secrets.insert(secrets.end(), order.secrets.begin(), order.secrets.end());
  order = std::move(*renewed);
  co_return Result<void>();
}

}  // namespace

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

awaitable<Result<void>> pass_checks(RunningAttempt& attempt) {
  if (attempt.services.questions == nullptr || attempt.order.checks.empty()) {
    co_return Result<void>();
  }
  for (const auto& check : attempt.order.checks) {
    ask(attempt, check);
    auto passed = co_await await_check(attempt, check);
    if (!passed) co_return passed;
  }
  auto renewed = co_await renew_order(attempt);
  co_return renewed;
}

}  // namespace wharf::replication

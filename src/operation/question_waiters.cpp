#include "operation/question_waiters.h"

#include <utility>
#include <vector>

namespace wharf::operation {
namespace {

Error closed() {
  return Error{ErrorCode::cancelled, "Wharf is stopping; the question is asked when it is back"};
}

}  // namespace

void QuestionWaiters::add(std::string_view workload, Answered answered, Heard heard) {
  const bool is_closed = state_.with([&](State& state) {
    if (!state.closed) state.waiting.emplace(workload, Waiter{answered, std::move(heard)});
    return state.closed;
  });
  if (is_closed) answered(closed());
}

bool QuestionWaiters::waits_for(std::string_view workload) const {
  return state_.with([&](const State& state) { return state.waiting.contains(workload); });
}

void QuestionWaiters::tell(std::string_view workload, std::string_view news) const {
  std::vector<Heard> who;
  state_.with([&](const State& state) {
    const auto [first, last] = state.waiting.equal_range(workload);
    for (auto each = first; each != last; ++each) {
      if (each->second.heard) who.push_back(each->second.heard);
    }
  });
  for (const auto& heard : who) heard(news);
}

void QuestionWaiters::answer(std::string_view workload, const Result<protocol::JsonText>& text) {
  std::vector<Answered> who;
  state_.with([&](State& state) {
    const auto [first, last] = state.waiting.equal_range(workload);
    for (auto each = first; each != last; ++each) who.push_back(std::move(each->second.answered));
    state.waiting.erase(first, last);
  });
  for (const auto& answered : who) answered(text);
}

void QuestionWaiters::close() {
  const auto left = state_.with([](State& state) {
    state.closed = true;
    return std::exchange(state.waiting, {});
  });
  for (const auto& [workload, waiter] : left) waiter.answered(closed());
}

bool QuestionWaiters::is_closed() const {
  return state_.with([](const State& state) { return state.closed; });
}

}  // namespace wharf::operation

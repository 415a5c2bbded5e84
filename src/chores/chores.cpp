#include "chores/chores.h"

#include <algorithm>
#include <exception>

namespace wharf::chores {

Chores::Chores(const base::Clock& clock, base::Log& log, std::vector<Chore> chores)
    : clock_(clock), log_(log) {
  for (auto& chore : chores) due_.push_back({std::move(chore), {}});
}

Chores::~Chores() {
  {
    std::lock_guard lock(mutex_);
    ending_ = true;
  }
  bell_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Chores::begin() {
  const auto now = std::chrono::steady_clock::now();
  for (auto& due : due_) due.at = now + due.chore.first;
  if (!due_.empty()) thread_ = std::thread([this] { work(); });
}

std::map<std::string, ChoreCount> Chores::counts() const {
  std::lock_guard lock(mutex_);
  return counts_;
}

void Chores::work() {
  const auto earlier = [](const Due& a, const Due& b) { return a.at < b.at; };
  while (true) {
    auto& next = *std::min_element(due_.begin(), due_.end(), earlier);
    {
      std::unique_lock lock(mutex_);
      if (bell_.wait_until(lock, next.at, [this] { return ending_; })) return;
    }
    run(next);
    next.at = std::chrono::steady_clock::now() + next.chore.every;
  }
}

void Chores::run(Due& due) {
  std::string failure;
  try {
    due.chore.run();
  } catch (const std::exception& error) {
    failure = error.what();
    log_.error("a chore has failed, it is done again next time",
               {{"chore", due.chore.name}, {"why", failure}});
  }
  std::lock_guard lock(mutex_);
  auto& count = counts_[due.chore.name];
  ++count.runs;
  (failure.empty() ? count.last_success : count.last_failed) = clock_.wall();
  if (!failure.empty()) ++count.failures;
  count.last_failure = std::move(failure);
}

}  // namespace wharf::chores

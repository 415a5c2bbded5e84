#include "connectors/files/background.h"

#include <wharf/error.h>

#include <utility>

namespace wharf::connectors::files {

Background::~Background() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Background::begin(std::function<void()> work) {
  WHARF_CHECK(!begun_);
  begun_ = true;
  {
    const std::lock_guard lock(mutex_);
    work_ = std::move(work);
  }
  changed_.notify_all();
  if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
}

void Background::finish() {
  if (!std::exchange(begun_, false)) return;
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !work_; });
  if (auto thrown = std::exchange(thrown_, nullptr)) std::rethrow_exception(thrown);
}

void Background::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return work_ || ends_; });
    if (!work_) return;
    lock.unlock();
    std::exception_ptr thrown;
    try {
      work_();
    } catch (...) {
      thrown = std::current_exception();
    }
    lock.lock();
    work_ = nullptr;
    thrown_ = std::move(thrown);
    changed_.notify_all();
  }
}

}  // namespace wharf::connectors::files

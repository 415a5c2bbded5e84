#include "api/handler_threads.h"

#include <condition_variable>
#include <deque>
#include <list>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace wharf::api {

struct HandlerThreads::Pool {
  Pool(std::size_t limit, std::chrono::milliseconds idle) : most(limit), idle_time(idle) {}

  void live(std::list<std::thread>::iterator self) {
    std::unique_lock lock(mutex);
    for (;;) {
      ++free;
      woken.wait_for(lock, idle_time, [&] { return finishing || !waiting.empty(); });
      --free;
      if (waiting.empty()) break;
      auto work = std::move(waiting.front());
      waiting.pop_front();
      lock.unlock();
      work();
      work = {};
      lock.lock();
    }
    // Joined by the next who comes: nobody can join himself.
    ended.splice(ended.end(), alive, self);
    all_ended.notify_all();
  }

  // With the lock held. Where the system has no thread to give, those alive do the work; false if
  // there are none.
  bool start() {
    const auto place = alive.emplace(alive.end());
    try {
      *place = std::thread([this, place] { live(place); });
    } catch (const std::system_error&) {
      alive.erase(place);
    }
    return !alive.empty();
  }

  std::list<std::thread> take_ended() {
    std::list<std::thread> taken;
    taken.splice(taken.end(), ended);
    return taken;
  }

  const std::size_t most;
  const std::chrono::milliseconds idle_time;
  std::mutex mutex;
  std::condition_variable woken;
  std::condition_variable all_ended;
  std::deque<std::function<void()>> waiting;
  std::list<std::thread> alive;
  std::list<std::thread> ended;
  std::size_t free = 0;
  bool finishing = false;
};

HandlerThreads::HandlerThreads(std::size_t most, std::chrono::milliseconds idle_time)
    : pool_(std::make_unique<Pool>(most, idle_time)) {}

HandlerThreads::~HandlerThreads() {
  finish();
}

bool HandlerThreads::run(std::function<void()> work) {
  std::list<std::thread> ended;
  bool taken = true;
  {
    std::lock_guard lock(pool_->mutex);
    if (pool_->finishing) return false;
    pool_->waiting.push_back(std::move(work));
    ended = pool_->take_ended();
    const bool too_few = pool_->waiting.size() > pool_->free;
    if (too_few && pool_->alive.size() < pool_->most) taken = pool_->start();
    if (!taken) pool_->waiting.pop_back();
  }
  pool_->woken.notify_one();
  for (auto& thread : ended) thread.join();
  return taken;
}

void HandlerThreads::finish() {
  std::list<std::thread> ended;
  {
    std::unique_lock lock(pool_->mutex);
    pool_->finishing = true;
    pool_->woken.notify_all();
    pool_->all_ended.wait(lock, [&] { return pool_->alive.empty(); });
    ended = pool_->take_ended();
  }
  for (auto& thread : ended) thread.join();
}

std::size_t HandlerThreads::count() const {
  std::lock_guard lock(pool_->mutex);
  return pool_->alive.size();
}

}  // namespace wharf::api

#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <utility>

namespace wharf::base {

/// "Something changed": rung from any thread, heard on one executor. Rings that come before the
/// last one was heard are one. A lost ring must cost its owner a poll interval and nothing more.
class Doorbell {
 public:
  using Post = std::function<void(std::function<void()>)>;

  /// `post` hands a call to the executor of the one who listens; `heard` runs there.
  Doorbell(Post post, std::function<void()> heard)
      : shared_(std::make_shared<Shared>(std::move(post), std::move(heard))) {}

  void ring() const {
    if (shared_->rung.exchange(true, std::memory_order_acq_rel)) return;
    shared_->post([shared = shared_] {
      shared->rung.store(false, std::memory_order_release);
      shared->heard();
    });
  }

 private:
  struct Shared {
    Shared(Post p, std::function<void()> h) : post(std::move(p)), heard(std::move(h)) {}
    const Post post;
    const std::function<void()> heard;
    std::atomic<bool> rung{false};
  };
  std::shared_ptr<Shared> shared_;  // a posted call may outlive the bell
};

}  // namespace wharf::base

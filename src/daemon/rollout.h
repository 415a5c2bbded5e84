#pragma once

#include "api/declaration_wish.h"
#include "daemon/core.h"
#include "daemon/inquiry.h"
#include "daemon/sandbox.h"

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>

namespace wharf::daemon {

/// What is given to `wharf apply`, on its way into the store: all of it in one transaction, or
/// nothing. A diff is the same road, taken back at its end. Any thread that may wait.
///
/// Who may change what: a thing that the daemon's own files declare is theirs, and refused here by
/// the name of the file; one that was made by REST is taken over only if that is asked for; what
/// comes of it is `managed_by: apply`, and changed by nobody else.
class Rollout {
 public:
  struct Services {
    Core& core;
    connection::Environment environment;
    BuiltinSpec builtin_spec;
    const Sandbox& sandbox;
    /// What the daemon's own files declare now; null: that cannot be read.
    std::function<std::shared_ptr<const declaration::Declaration>()> own_files;
    /// A connection was added, changed or deleted. Short.
    std::function<void(const base::ConnectionId&)> changed;
  };

  explicit Rollout(Services services);

  /// As api::DeclarationTaker. One at a time carries out: fails with conflict for a second one.
  Result<protocol::JsonText> take(const api::DeclarationWish& wish);
  /// The daemon ends: who waits for connectors is told so, and nothing is written any more.
  void stop() { stopping_ = true; }

 private:
  class Undertaking;
  Result<protocol::JsonText> undertake(const api::DeclarationWish& wish);

  const Services services_;
  std::mutex one_at_a_time_;
  std::atomic<bool> stopping_{false};
};

}  // namespace wharf::daemon

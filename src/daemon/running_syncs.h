#pragma once

#include "base/guarded.h"
#include "base/ids.h"
#include "bookkeeper/progress.h"

#include <map>
#include <memory>
#include <optional>

namespace wharf::daemon {

/// Where the running attempts are, for those who show them. Any thread.
class RunningSyncs {
 public:
  using Progress = std::shared_ptr<const bookkeeper::Progress>;

  void started(const base::ConnectionId& connection, Progress progress) {
    running_.with([&](auto& running) { running[connection] = std::move(progress); });
  }
  void ended(const base::ConnectionId& connection) {
    running_.with([&](auto& running) { running.erase(connection); });
  }
  /// Of the connection's running attempt; none if none runs, or its books are not open yet.
  std::optional<bookkeeper::AttemptProgress> of(const base::ConnectionId& connection) const {
    const auto progress = running_.with([&](const auto& running) {
      const auto at = running.find(connection);
      return at == running.end() ? Progress() : at->second;
    });
    if (!progress) return std::nullopt;
    return progress->with([](const auto& now) { return now; });
  }

 private:
  base::Guarded<std::map<base::ConnectionId, Progress>> running_;
};

}  // namespace wharf::daemon

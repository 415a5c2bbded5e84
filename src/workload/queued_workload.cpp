#include "workload/queued_workload.h"

#include <array>
#include <utility>

namespace wharf::workload {
namespace {

constexpr std::array<std::string_view, 4> kTypes{"sync", "check", "discover", "spec"};
constexpr std::array<std::string_view, 7> kStatuses{"pending", "claimed", "launched", "running",
                                                    "success", "failure", "cancelled"};

template <class Enum, std::size_t kSize>
std::optional<Enum> named(const std::array<std::string_view, kSize>& names, std::string_view name) {
  for (std::size_t i = 0; i < kSize; ++i)
    if (names[i] == name) return static_cast<Enum>(i);
  return std::nullopt;
}

}  // namespace

std::string_view name_of(WorkloadType type) {
  return kTypes.at(static_cast<std::size_t>(type));
}

std::optional<WorkloadType> workload_type_named(std::string_view name) {
  return named<WorkloadType>(kTypes, name);
}

std::string_view name_of(QueueStatus status) {
  return kStatuses.at(static_cast<std::size_t>(status));
}

std::optional<QueueStatus> queue_status_named(std::string_view name) {
  return named<QueueStatus>(kStatuses, name);
}

bool is_terminal(QueueStatus status) {
  return status >= QueueStatus::success;
}

std::optional<QueueStatus> after(QueueStatus status, Tidings tidings) {
  using S = QueueStatus;
  auto ended = [&](S end) -> std::optional<S> {
    if (is_terminal(status) && status != end) return std::nullopt;
    return end;
  };
  switch (tidings) {
    case Tidings::launched:  // late ones, of one that runs already, change nothing
      if (status == S::running) return S::running;
      if (status == S::claimed || status == S::launched) return S::launched;
      return std::nullopt;
    case Tidings::running:
      if (status == S::claimed || status == S::launched || status == S::running) return S::running;
      return std::nullopt;
    case Tidings::heartbeat:
      if (status == S::running) return S::running;
      return std::nullopt;
    case Tidings::success:
      return ended(S::success);
    case Tidings::failure:
      return ended(S::failure);
    case Tidings::cancelled:
      return ended(S::cancelled);
  }
  return std::nullopt;
}

}  // namespace wharf::workload

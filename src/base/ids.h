#pragma once
// Identities that do not mix: a JobId is no number and a SourceId no ConnectionId.

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

namespace wharf::base {

/// An identity that is a text, in most cases a UUID. `Tag` makes it a type of its own.
template <class Tag>
struct TextId {
  std::string value;

  TextId() = default;
  explicit TextId(std::string text) : value(std::move(text)) {}
  bool empty() const { return value.empty(); }
  friend auto operator<=>(const TextId&, const TextId&) = default;
};

/// An identity that is a number given by the store, from 1.
template <class Tag>
struct NumberId {
  std::int64_t value = 0;

  NumberId() = default;
  explicit NumberId(std::int64_t number) : value(number) {}
  friend auto operator<=>(const NumberId&, const NumberId&) = default;
};

using DefinitionId = TextId<struct DefinitionTag>;
using SourceId = TextId<struct SourceTag>;
using DestinationId = TextId<struct DestinationTag>;
using ConnectionId = TextId<struct ConnectionTag>;
using WorkloadId = TextId<struct WorkloadTag>;
using JobId = NumberId<struct JobTag>;

/// One try at a job; numbered from 0.
struct AttemptId {
  JobId job;
  std::int64_t number = 0;
  friend auto operator<=>(const AttemptId&, const AttemptId&) = default;
};

template <class Tag>
const std::string& to_string(const TextId<Tag>& id) {
  return id.value;
}
template <class Tag>
std::string to_string(NumberId<Tag> id) {
  return std::to_string(id.value);
}
/// `12-0`: job 12, its first attempt.
inline std::string to_string(const AttemptId& id) {
  return std::to_string(id.job.value) + "-" + std::to_string(id.number);
}

}  // namespace wharf::base

template <class Tag>
struct std::hash<wharf::base::TextId<Tag>> {
  std::size_t operator()(const wharf::base::TextId<Tag>& id) const noexcept {
    return std::hash<std::string>{}(id.value);
  }
};
template <class Tag>
struct std::hash<wharf::base::NumberId<Tag>> {
  std::size_t operator()(wharf::base::NumberId<Tag> id) const noexcept {
    return std::hash<std::int64_t>{}(id.value);
  }
};

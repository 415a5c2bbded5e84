#include "workload/transport_choice.h"

#include <fmt/format.h>

#include <algorithm>

namespace wharf::workload {
namespace {

using record::WireForm;

template <class T>
bool contains(const std::vector<T>& list, T item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

template <class T>
bool common(const std::vector<T>& a, const std::vector<T>& b, T item) {
  return contains(a, item) && contains(b, item);
}

// The form both ends speak, the fastest first.
std::optional<WireForm> common_form(const TransportFacts& facts) {
  for (auto form : {WireForm::batch, WireForm::protobuf, WireForm::jsonl}) {
    if (common(facts.source->serializations, facts.destination->serializations, form)) return form;
  }
  return std::nullopt;
}

Transport stdio(std::string reason) {
  return {Medium::stdio, WireForm::jsonl, 0, std::move(reason)};
}

// Why sockets are out of the question for these two; empty: they are not.
std::string obstacle(const TransportFacts& facts) {
  if (facts.is_clear) return "a clear job has no source to connect";
  if (!facts.source) return "the source speaks stdio only";
  if (!facts.destination) return "the destination speaks stdio only";
  if (facts.has_mappers && !facts.one_end_is_ours) {
    return "mappers between two foreign connectors run in the pump";
  }
  if (facts.source->version != facts.destination->version) {
    return fmt::format("data channel versions differ ({} and {})", facts.source->version,
                       facts.destination->version);
  }
  if (!common(facts.source->media, facts.destination->media, Medium::socket)) {
    return "the two have no socket transport in common";
  }
  return common_form(facts) ? "" : "the two have no serialization in common";
}

}  // namespace

std::string_view name_of(Medium medium) {
  return medium == Medium::socket ? "SOCKET" : "STDIO";
}

Result<Transport> choose_transport(const TransportFacts& facts) {
  if (facts.forced == TransportFacts::Forced::stdio) return stdio("mode stdio was asked for");
  const bool forced = facts.forced == TransportFacts::Forced::socket;
  if (auto why_not = obstacle(facts); !why_not.empty()) {
    if (!forced) return stdio(std::move(why_not));
    return Error{ErrorCode::invalid_argument, "mode socket was asked for, but " + why_not};
  }
  const int cpus = std::max(1, std::min(facts.source_cpus, facts.destination_cpus));
  return Transport{Medium::socket, *common_form(facts), std::min(cpus, 512) * 2,
                   forced ? "mode socket was asked for" : "both connectors have sockets"};
}

}  // namespace wharf::workload

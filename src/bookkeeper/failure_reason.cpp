#include "bookkeeper/failure_reason.h"

#include <fmt/format.h>
#include <wharf/protocol/codec.h>

#include <algorithm>

#include "base/text.h"

namespace wharf::bookkeeper {
namespace {

constexpr std::size_t kErrorsMost = 10;
constexpr std::size_t kMessageMost = 50'000;
constexpr std::size_t kStackMost = 100'000;

std::string clipped(std::string_view text, std::size_t limit) {
  return std::string(base::clip(text, limit));
}

FailureOrigin origin_of(Origin side) {
  switch (side) {
    case Origin::source:
      return FailureOrigin::source;
    case Origin::destination:
      return FailureOrigin::destination;
    case Origin::platform:
      return FailureOrigin::platform;
  }
  return FailureOrigin::unknown;
}

FailureType type_of(protocol::FailureType type) {
  switch (type) {
    case protocol::FailureType::system_error:
      return FailureType::system_error;
    case protocol::FailureType::config_error:
      return FailureType::config_error;
    case protocol::FailureType::transient_error:
      return FailureType::transient_error;
  }
  return FailureType::system_error;
}

std::string_view generic_text(const FailureReason& reason) {
  if (reason.type == FailureType::manual_cancellation) return "This attempt was cancelled";
  switch (reason.origin) {
    case FailureOrigin::source:
      return "Something went wrong within the source connector";
    case FailureOrigin::destination:
      return "Something went wrong within the destination connector";
    case FailureOrigin::replication:
      return "Something went wrong during replication";
    case FailureOrigin::persistence:
    case FailureOrigin::platform:
      return "Something went wrong within the wharf platform";
    case FailureOrigin::unknown:
      return "An unknown failure occurred";
  }
  return "An unknown failure occurred";
}

FailureReason reason_of(const ObservedTrace& observed) {
  FailureReason reason;
  reason.origin = origin_of(observed.side);
  reason.type = type_of(observed.trace.failure_type);
  reason.external = clipped(observed.trace.message, kMessageMost);
  reason.internal = clipped(observed.trace.internal_message, kMessageMost);
  reason.stack = clipped(observed.trace.stack_trace, kStackMost);
  reason.stream = observed.trace.stream;
  reason.at = observed.at;
  reason.from_trace = true;
  return reason;
}

FailureReason reason_of(const ObservedError& observed) {
  FailureReason reason;
  reason.origin = observed.origin;
  reason.type = observed.type;
  reason.internal = clipped(observed.internal, kMessageMost);
  reason.at = observed.at;
  reason.external = observed.external.empty() ? std::string(generic_text(reason))
                                              : clipped(observed.external, kMessageMost);
  return reason;
}

template <class T>
void sort_by_time(std::vector<T>& what) {
  std::stable_sort(what.begin(), what.end(), [](const T& a, const T& b) { return a.at < b.at; });
}

void append_text(std::string& out, std::string_view name, std::string_view text) {
  if (text.empty()) return;
  out.append(",\"").append(name).append("\":");
  protocol::append_json_string(out, text);
}

void append_json(std::string& out, const FailureReason& reason, const base::AttemptId& attempt) {
  out += fmt::format(R"({{"failureOrigin":"{}","failureType":"{}")", name_of(reason.origin),
                     name_of(reason.type));
  append_text(out, "externalMessage", reason.external);
  append_text(out, "internalMessage", reason.internal);
  append_text(out, "stacktrace", reason.stack);
  if (reason.stream) {
    out += R"(,"streamDescriptor":{"name":)";
    protocol::append_json_string(out, reason.stream->name);
    append_text(out, "namespace", reason.stream->name_space.value_or(""));
    out += '}';
  }
  out += fmt::format(
      R"(,"retryable":{},"timestamp":{},"metadata":{{"jobId":{},"attemptNumber":{},"from_trace_message":{}}}}})",
      reason.type != FailureType::config_error, base::to_millis(reason.at), attempt.job.value,
      attempt.number, reason.from_trace);
}

}  // namespace

std::string_view name_of(FailureOrigin origin) {
  switch (origin) {
    case FailureOrigin::source:
      return "source";
    case FailureOrigin::destination:
      return "destination";
    case FailureOrigin::replication:
      return "replication";
    case FailureOrigin::persistence:
      return "persistence";
    case FailureOrigin::platform:
      return "airbyte_platform";
    case FailureOrigin::unknown:
      return "unknown";
  }
  return "unknown";
}

std::string_view name_of(FailureType type) {
  switch (type) {
    case FailureType::config_error:
      return "config_error";
    case FailureType::system_error:
      return "system_error";
    case FailureType::transient_error:
      return "transient_error";
    case FailureType::manual_cancellation:
      return "manual_cancellation";
    case FailureType::heartbeat_timeout:
      return "heartbeat_timeout";
    case FailureType::destination_timeout:
      return "destination_timeout";
  }
  return "system_error";
}

std::vector<FailureReason> failure_reasons(std::vector<ObservedTrace> traces,
                                           std::vector<ObservedError> errors) {
  sort_by_time(traces);
  sort_by_time(errors);
  std::vector<FailureReason> reasons;
  for (const auto& trace : traces) reasons.push_back(reason_of(trace));
  const auto kept = std::min(errors.size(), kErrorsMost);
  for (std::size_t i = 0; i < kept; ++i) reasons.push_back(reason_of(errors[i]));
  if (errors.size() > kept) {
    auto& notice = reasons.emplace_back();
    notice.origin = FailureOrigin::platform;
    notice.external = fmt::format("{} further failures are left out", errors.size() - kept);
    notice.at = errors.back().at;
  }
  return reasons;
}

ObservedError observed(const Error& error, base::WallTime at) {
  ObservedError seen;
  seen.origin = origin_of(error.origin);
  seen.external = error.message;
  seen.at = at;
  switch (error.code) {
    case ErrorCode::invalid_argument:
    case ErrorCode::invalid_config:
    case ErrorCode::not_found:
    case ErrorCode::data_foreign:
      seen.type = FailureType::config_error;
      break;
    case ErrorCode::timed_out:
      seen.type = error.origin == Origin::destination ? FailureType::destination_timeout
                                                      : FailureType::heartbeat_timeout;
      break;
    case ErrorCode::cancelled:
      seen.type = FailureType::manual_cancellation;
      break;
    case ErrorCode::conflict:
    case ErrorCode::connector_failed:
    case ErrorCode::protocol_violation:
    case ErrorCode::environment:
    case ErrorCode::internal:
      seen.type = FailureType::system_error;
      break;
  }
  return seen;
}

FailureReason ended_with_wharf(base::WallTime at) {
  FailureReason reason;
  reason.origin = FailureOrigin::platform;
  reason.type = FailureType::transient_error;
  reason.external = "Wharf ended while this attempt ran; its job goes on from there";
  reason.at = at;
  return reason;
}

std::string to_json(const std::vector<FailureReason>& reasons, const base::AttemptId& attempt,
                    bool partial_success) {
  std::string json = R"({"failures":[)";
  for (std::size_t i = 0; i < reasons.size(); ++i) {
    if (i > 0) json += ',';
    append_json(json, reasons[i], attempt);
  }
  return json += fmt::format(R"(],"partialSuccess":{}}})", partial_success);
}

}  // namespace wharf::bookkeeper

#include <array>

#include "protocol/json_forms.h"
#include "protocol/json_writer.h"

namespace wharf::protocol {
namespace {

using Status = StreamStatusTrace::Status;

constexpr std::array kStatuses{Status::started, Status::running, Status::complete,
                               Status::incomplete};
constexpr std::array kFailureTypes{FailureType::system_error, FailureType::config_error,
                                   FailureType::transient_error};

ErrorTrace read_error(const JsonNode& node) {
  ErrorTrace error;
  for (const JsonNode& member : node.members()) {
    const std::string name = member.name();
    if (name == "message") take(member, error.message);
    if (name == "internal_message") take(member, error.internal_message);
    if (name == "stack_trace") take(member, error.stack_trace);
    if (name == "stream_descriptor" && !member.is_null()) error.stream = read_descriptor(member);
    if (name == "failure_type" && member.is(JsonNode::Kind::string)) {
      for (const FailureType type : kFailureTypes) {
        if (member.as_string() == name_of(type)) error.failure_type = type;
      }
    }
  }
  return error;
}

EstimateTrace read_estimate(const JsonNode& node) {
  EstimateTrace estimate;
  estimate.stream = read_descriptor(node);
  const std::string type = node.required("type").as_string();
  if (type != "STREAM" && type != "SYNC") node.fail("type must be STREAM or SYNC");
  estimate.whole_sync = type == "SYNC";
  for (const JsonNode& member : node.members()) {
    const std::string name = member.name();
    if (name == "row_estimate") take(member, estimate.rows);
    if (name == "byte_estimate") take(member, estimate.bytes);
  }
  return estimate;
}

Status read_status(const JsonNode& node) {
  const std::string name = node.as_string();
  for (const Status status : kStatuses) {
    if (name == name_of(status)) return status;
  }
  node.fail("must be STARTED, RUNNING, COMPLETE or INCOMPLETE");
}

void read_reason(const JsonNode& node, StreamStatusTrace& status) {
  for (const JsonNode& member : node.members()) {
    const std::string name = member.name();
    if (name == "type" && member.is(JsonNode::Kind::string)) {
      status.rate_limited = status.rate_limited || member.as_string() == "RATE_LIMITED";
    }
    if (name == "rate_limited" && member.is(JsonNode::Kind::object)) {
      for (const JsonNode& detail : member.members()) {
        if (detail.name() == "quota_reset") take(detail, status.quota_reset);
      }
    }
  }
}

StreamStatusTrace read_stream_status(const JsonNode& node) {
  StreamStatusTrace status;
  status.stream = read_descriptor(node.required("stream_descriptor"));
  status.status = read_status(node.required("status"));
  for (const JsonNode& member : node.members()) {
    if (member.name() != "reasons" || member.is_null()) continue;
    for (const JsonNode& reason : member.elements()) read_reason(reason, status);
  }
  return status;
}

AnalyticsTrace read_analytics(const JsonNode& node) {
  AnalyticsTrace analytics{.type = node.required("type").as_string(), .value = {}};
  for (const JsonNode& member : node.members()) {
    if (member.name() == "value") take(member, analytics.value);
  }
  return analytics;
}

double read_emitted_at(const JsonNode& node) {
  const auto value = node.number();
  if (!value) node.fail("must be a time in milliseconds");
  return *value;
}

void append_body(JsonObjectWriter& trace, const ErrorTrace& error) {
  trace.string("type", std::string_view("ERROR"));
  JsonObjectWriter object(trace.key("error"));
  object.string("message", std::string_view(error.message));
  object.string_if_any("internal_message", error.internal_message);
  object.string_if_any("stack_trace", error.stack_trace);
  object.string("failure_type", name_of(error.failure_type));
  if (error.stream) append_descriptor(object.key("stream_descriptor"), *error.stream);
}

void append_body(JsonObjectWriter& trace, const EstimateTrace& estimate) {
  trace.string("type", std::string_view("ESTIMATE"));
  JsonObjectWriter object(trace.key("estimate"));
  object.string("name", std::string_view(estimate.stream.name));
  object.string("type", std::string_view(estimate.whole_sync ? "SYNC" : "STREAM"));
  object.string("namespace", estimate.stream.name_space);
  object.integer("row_estimate", estimate.rows);
  object.integer("byte_estimate", estimate.bytes);
}

void append_body(JsonObjectWriter& trace, const StreamStatusTrace& status) {
  trace.string("type", std::string_view("STREAM_STATUS"));
  JsonObjectWriter object(trace.key("stream_status"));
  append_descriptor(object.key("stream_descriptor"), status.stream);
  object.string("status", name_of(status.status));
  if (!status.rate_limited) return;
  std::string& out = object.key("reasons");
  out += '[';
  {
    JsonObjectWriter reason(out);
    reason.string("type", std::string_view("RATE_LIMITED"));
    if (status.quota_reset) {
      JsonObjectWriter(reason.key("rate_limited")).integer("quota_reset", *status.quota_reset);
    }
  }
  out += ']';
}

void append_body(JsonObjectWriter& trace, const AnalyticsTrace& analytics) {
  trace.string("type", std::string_view("ANALYTICS"));
  JsonObjectWriter object(trace.key("analytics"));
  object.string("type", std::string_view(analytics.type));
  object.string_if_any("value", analytics.value);
}

}  // namespace

TraceMessage read_trace(const JsonNode& node) {
  TraceMessage trace;
  const std::string type = node.required("type").as_string();
  trace.emitted_at = read_emitted_at(node.required("emitted_at"));
  std::string_view body;
  if (type == "ERROR") {
    trace.body = read_error(node.required(body = "error"));
  } else if (type == "ESTIMATE") {
    trace.body = read_estimate(node.required(body = "estimate"));
  } else if (type == "STREAM_STATUS") {
    trace.body = read_stream_status(node.required(body = "stream_status"));
  } else if (type == "ANALYTICS") {
    trace.body = read_analytics(node.required(body = "analytics"));
  } else {
    node.fail("is of an unknown type");
  }
  for (const JsonNode& member : node.members()) {
    const std::string name = member.name();
    if (name != "type" && name != "emitted_at" && name != body) keep(member, trace.extra);
  }
  return trace;
}

void append_trace(std::string& out, const TraceMessage& trace) {
  JsonObjectWriter object(out);
  std::visit([&](const auto& body) { append_body(object, body); }, trace.body);
  append_json_double(object.key("emitted_at"), trace.emitted_at);
  object.extra(trace.extra);
}

ControlMessage read_control(const JsonNode& node) {
  ControlMessage control;
  if (node.required("type").as_string() != "CONNECTOR_CONFIG") node.fail("is of an unknown type");
  control.emitted_at = read_emitted_at(node.required("emitted_at"));
  const JsonNode wrapper = node.required("connectorConfig");
  const JsonNode config = wrapper.required("config");
  config.members();
  control.config = config.text();
  return control;
}

void append_control(std::string& out, const ControlMessage& control) {
  JsonObjectWriter object(out);
  object.string("type", std::string_view("CONNECTOR_CONFIG"));
  append_json_double(object.key("emitted_at"), control.emitted_at);
  JsonObjectWriter(object.key("connectorConfig")).json("config", std::string_view(control.config));
}

}  // namespace wharf::protocol

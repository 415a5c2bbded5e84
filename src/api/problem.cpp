#include "api/problem.h"

#include <nlohmann/json.hpp>

namespace wharf::api {
namespace {

constexpr std::string_view kErrors = "https://reference.airbyte.com/reference/errors";

Problem titled(int status, std::string title, std::string type, std::string detail) {
  Problem problem;
  problem.status = status;
  problem.title = std::move(title);
  problem.type = std::move(type);
  problem.data = {{"message", detail}};
  problem.detail = std::move(detail);
  return problem;
}

// Those whose type is Airbyte's page of errors, at their own title.
Problem listed(int status, const std::string& title, std::string detail) {
  return titled(status, title, std::string(kErrors) + "#" + title, std::move(detail));
}

Problem untitled(int status, std::string detail) {
  Problem problem;
  problem.status = status;
  problem.detail = std::move(detail);
  return problem;
}

nlohmann::json body_of(const Problem& problem, Base base, std::string_view error_id) {
  if (problem.title.empty() || base == Base::config_api)
    return {{"message", problem.detail}, {"errorId", error_id}};
  nlohmann::json body{{"title", problem.title},
                      {"type", problem.type},
                      {"status", problem.status},
                      {"detail", problem.detail}};
  if (!problem.documentation_url.empty()) body["documentationUrl"] = problem.documentation_url;
  for (const auto& [name, value] : problem.data) body["data"][name] = value;
  if (problem.status == 500) body["errorId"] = error_id;
  return body;
}

}  // namespace

Problem bad_request(std::string message) {
  return listed(400, "bad-request", std::move(message));
}
Problem value_not_found(std::string value) {
  auto problem = titled(400, "value-not-found", std::string(kErrors),
                        "There is nothing by the name of '" + value + "'.");
  problem.data = {{"value", std::move(value)}};
  return problem;
}
Problem invalid_api_key() {
  auto problem = listed(401, "invalid-api-key",
                        "The request has no token, or one that is unknown or has expired.");
  problem.headers = {{"WWW-Authenticate", "Bearer realm=\"wharf\""}};
  return problem;
}
Problem invalid_client() {
  return listed(401, "invalid-api-key", "This client id and client secret are not known.");
}
Problem too_many_logins(std::chrono::seconds pause) {
  auto problem = untitled(429, "Too many wrong logins: try again in a moment.");
  problem.headers = {{"Retry-After", std::to_string(pause.count())}};
  return problem;
}
Problem forbidden(std::string message) {
  return listed(403, "forbidden", std::move(message));
}
Problem resource_not_found(std::string type, std::string id) {
  auto problem = listed(404, "resource-not-found", "Nothing of this kind has the id '" + id + "'.");
  problem.data = {{"resourceType", std::move(type)}, {"resourceId", std::move(id)}};
  return problem;
}
Problem state_conflict(std::string message) {
  return titled(409, "state-conflict", std::string(kErrors) + "#409-state-conflict",
                std::move(message));
}
Problem try_again_later(std::string message) {
  return listed(409, "try-again-later", std::move(message));
}
Problem connection_locked(std::string connection_id, std::string reason) {
  auto problem = titled(409, "Connection is locked", "error:connection/locked",
                        "The connection is locked and cannot be changed.");
  problem.data = {{"connectionId", std::move(connection_id)}, {"statusReason", std::move(reason)}};
  return problem;
}
Problem unprocessable_entity(std::string message) {
  return listed(422, "unprocessable-entity", std::move(message));
}
Problem unexpected_problem(std::string message) {
  return titled(500, "unexpected-problem", std::string(kErrors), std::move(message));
}
Problem not_implemented() {
  return titled(501, "API not implemented in Airbyte OSS",
                "error:implementation/not-implemented-in-oss", "This server does not offer this.");
}
Problem service_unavailable(std::string message) {
  return titled(503, "service-unavailable", std::string(kErrors), std::move(message));
}
Problem method_not_allowed(std::string allow) {
  auto problem = listed(405, "method-not-allowed", "This path knows only " + allow + ".");
  problem.headers = {{"Allow", std::move(allow)}};
  return problem;
}
Problem gone(std::string message) {
  return listed(410, "gone", std::move(message));
}
Problem payload_too_large(std::string message) {
  return listed(413, "payload-too-large", std::move(message));
}
Problem request_timeout(std::string message) {
  return listed(408, "request-timeout", std::move(message));
}
Problem header_too_large(std::string message) {
  return listed(431, "request-header-fields-too-large", std::move(message));
}
Problem unsupported_media_type(std::string message) {
  return listed(415, "unsupported-media-type", std::move(message));
}
Problem invalid_value(std::string message) {
  return untitled(400, std::move(message));
}
Problem unreadable_body(std::string message) {
  return untitled(422, std::move(message));
}

Problem problem_of(const Error& error) {
  switch (error.code) {
    case ErrorCode::invalid_argument:
      return bad_request(error.message);
    case ErrorCode::invalid_config:  // what a connector says of its own, the clients know as 500
      return error.origin == Origin::platform ? unprocessable_entity(error.message)
                                              : unexpected_problem(error.message);
    case ErrorCode::not_found:
      return listed(404, "resource-not-found", error.message);
    case ErrorCode::conflict:
    case ErrorCode::data_foreign:
    case ErrorCode::cancelled:
      return state_conflict(error.message);
    case ErrorCode::connector_failed:
    case ErrorCode::protocol_violation:
      return unexpected_problem(error.message);
    case ErrorCode::timed_out:
      return titled(504, "timed-out", std::string(kErrors), error.message);
    case ErrorCode::environment:
      return service_unavailable(error.message);
    case ErrorCode::internal:
      break;
  }
  return unexpected_problem("An unexpected error occurred; the log has it under this errorId.");
}

Response answer_of(const Problem& problem, Base base, std::string_view error_id) {
  // A text from below may hold bytes that are no UTF-8 (file names, connectors' words).
  const auto body = body_of(problem, base, error_id);
  auto response = json_response(body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace),
                                problem.status);
  response.headers = problem.headers;
  return response;
}

}  // namespace wharf::api

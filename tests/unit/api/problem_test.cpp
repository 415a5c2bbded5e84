#include "api/problem.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace wharf::api;
using nlohmann::json;

namespace {

json body_of(const Problem& problem, Base base = Base::public_api) {
  return json::parse(answer_of(problem, base, "the-id").body);
}

bool has_null(const json& value) {
  if (value.is_null()) return true;
  if (!value.is_structured()) return false;
  for (const auto& part : value)
    if (has_null(part)) return true;
  return false;
}

}  // namespace

TEST_CASE("a problem has title, type, status, detail and data, as application/json") {
  const auto problem = resource_not_found("SOURCE_CONNECTION", "2222");
  const auto response = answer_of(problem, Base::public_api, "the-id");
  CHECK(response.status == 404);
  CHECK(response.content_type == "application/json");
  const auto body = json::parse(response.body);
  CHECK(body.at("title") == "resource-not-found");
  CHECK(body.at("type") == "https://reference.airbyte.com/reference/errors#resource-not-found");
  CHECK(body.at("status") == 404);
  CHECK(body.at("detail").is_string());
  CHECK(body.at("data") == json{{"resourceType", "SOURCE_CONNECTION"}, {"resourceId", "2222"}});
}

TEST_CASE("titles and types are those that Airbyte uses") {
  CHECK(body_of(state_conflict("x")).at("type") ==
        "https://reference.airbyte.com/reference/errors#409-state-conflict");
  CHECK(body_of(try_again_later("x")).at("title") == "try-again-later");
  CHECK(body_of(unexpected_problem("x")).at("type") ==
        "https://reference.airbyte.com/reference/errors");
  CHECK(body_of(connection_locked("c", "why")).at("data") ==
        json{{"connectionId", "c"}, {"statusReason", "why"}});
  CHECK(body_of(value_not_found("v")).at("data") == json{{"value", "v"}});
  CHECK(body_of(bad_request("no")).at("data") == json{{"message", "no"}});
}

TEST_CASE("the Config API has a message and an id instead") {
  const auto body = body_of(state_conflict("already running"), Base::config_api);
  CHECK(body == json{{"message", "already running"}, {"errorId", "the-id"}});
}

TEST_CASE("validation and JSON that does not parse are known by their status alone") {
  CHECK(answer_of(invalid_value("x"), Base::public_api, "i").status == 400);
  CHECK(answer_of(unreadable_body("x"), Base::public_api, "i").status == 422);
  CHECK(body_of(invalid_value("limit is 1 to 100")) ==
        json{{"message", "limit is 1 to 100"}, {"errorId", "the-id"}});
}

TEST_CASE("no problem has a null in it") {
  for (const auto& problem :
       {bad_request("x"), value_not_found("x"), invalid_api_key(), invalid_client(), forbidden("x"),
        resource_not_found("a", "b"), state_conflict("x"), try_again_later("x"),
        connection_locked("a", "b"), unprocessable_entity("x"), unexpected_problem("x"),
        not_implemented(), service_unavailable("x"), method_not_allowed("GET"),
        payload_too_large("x"), invalid_value("x"), unreadable_body("x")}) {
    INFO(problem.title);
    CHECK_FALSE(has_null(body_of(problem)));
    CHECK_FALSE(has_null(body_of(problem, Base::config_api)));
  }
}

TEST_CASE("every error of the rooms below has a status") {
  using wharf::ErrorCode;
  auto status = [](ErrorCode code) { return problem_of(wharf::Error{code, "x"}).status; };
  CHECK(status(ErrorCode::invalid_argument) == 400);
  CHECK(status(ErrorCode::invalid_config) == 422);
  CHECK(status(ErrorCode::not_found) == 404);
  CHECK(status(ErrorCode::conflict) == 409);
  CHECK(status(ErrorCode::cancelled) == 409);
  CHECK(status(ErrorCode::connector_failed) == 500);
  CHECK(status(ErrorCode::timed_out) == 504);
  CHECK(status(ErrorCode::environment) == 503);
  CHECK(status(ErrorCode::internal) == 500);
}

TEST_CASE("an internal error tells its id and nothing of its text") {
  const auto problem = problem_of(wharf::Error{wharf::ErrorCode::internal, "secret place"});
  const auto response = answer_of(problem, Base::public_api, "the-id");
  CHECK(response.body.find("secret") == std::string::npos);
  CHECK(json::parse(response.body).at("errorId") == "the-id");
}

TEST_CASE("bytes that are no UTF-8 do not break an answer") {
  CHECK(body_of(bad_request("file \xff\xfe")).at("detail").is_string());
}

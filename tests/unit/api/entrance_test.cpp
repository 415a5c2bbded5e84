#include "api/entrance.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "api/health.h"
#include "api/json_body.h"

using namespace wharf::api;
using nlohmann::json;

namespace {

struct House {
  House() {
    add_health_routes(router, [this] { return store_answers; });
    router.add(
        Base::public_api, Method::get, "/jobs/{jobId}", Access::read, [](const Request& request) {
          return text_response(request.parameter("jobId") + " by " + request.caller.subject +
                               " limit " + std::string(request.query.find("limit").value_or("-")));
        });
    router.add(Base::public_api, Method::post, "/jobs", Access::operate,
               [](const Request& request) { return json_response(json_body(request).dump()); });
    router.add(Base::config_api, Method::post, "/throws", Access::operate,
               [](const Request&) -> Response { throw std::runtime_error("secret place"); });
    router.add(Base::public_api, Method::get, "/throws", Access::read,
               [](const Request&) -> Response { throw 7; });
    router.add(Base::public_api, Method::get, "/conflict", Access::read,
               [](const Request&) -> wharf::Result<Response> {
                 return wharf::Error{wharf::ErrorCode::conflict, "it runs already"};
               });
  }

  Response ask(Method method, const char* target, const char* token = "admin",
               const char* body = "") {
    Request request;
    request.method = method;
    request.target = target;
    request.body = body;
    request.headers.add("Host", "localhost");
    if (*token) request.headers.add("Authorization", std::string("Bearer ") + token);
    return entrance.answer(std::move(request));
  }

  wharf::base::SystemClock clock;
  std::string logged;
  wharf::base::Log log{clock, wharf::base::LogLevel::info,
                       [this](std::string_view line) { logged += line; }};
  bool store_answers = true;
  Router router;
  Guard guard{{}, [](std::string_view token) -> std::optional<Caller> {
                const auto role = role_named(token);
                if (!role) return std::nullopt;
                return Caller{std::string(token), *role};
              }};
  Entrance entrance{router, guard, log};
};

}  // namespace

TEST_CASE("F-64: without a token nothing but health answers") {
  House house;
  CHECK(house.ask(Method::get, "/api/public/v1/health", "").status == 200);
  CHECK(house.ask(Method::get, "/api/public/v1/jobs/7", "").status == 401);
  CHECK(house.ask(Method::get, "/api/public/v1/jobs/7", "stolen").status == 401);
  CHECK(house.ask(Method::post, "/api/public/v1/jobs", "", "{}").status == 401);
  CHECK(house.ask(Method::put, "/api/public/v1/jobs", "").status == 401);
  CHECK(house.ask(Method::options, "/api/public/v1/jobs", "").status == 401);
  CHECK(house.ask(Method::get, "/no/such/path", "").status == 401);
}

TEST_CASE("F-64: a reader's token changes nothing, and who changed something is recorded") {
  House house;
  CHECK(house.ask(Method::post, "/v1/jobs", "reader", "{}").status == 403);
  CHECK(house.logged.empty());
  CHECK(house.ask(Method::post, "/v1/jobs", "operator", "{}").status == 200);
  CHECK(house.logged.find("by=operator method=POST path=/jobs status=200") != std::string::npos);
}

TEST_CASE("a handler gets parameters, query and caller") {
  House house;
  CHECK(house.ask(Method::get, "/v1/jobs/7?limit=3", "reader").body == "7 by reader limit 3");
  CHECK(house.ask(Method::get, "http://localhost/v1/jobs/7", "reader").body ==
        "7 by reader limit -");
  CHECK(house.ask(Method::get, "/v1/jobs/7?limit=%zz", "reader").status == 400);
}

TEST_CASE("an unknown path, and a method that a path does not have") {
  House house;
  const auto unknown = house.ask(Method::get, "/api/public/v1/nothing");
  CHECK(unknown.status == 404);
  CHECK(unknown.body == "Object not found.");
  const auto wrong = house.ask(Method::put, "/api/public/v1/jobs");
  CHECK(wrong.status == 405);
  CHECK(wrong.headers.at(0) == std::pair<std::string, std::string>("Allow", "POST, OPTIONS"));
  const auto options = house.ask(Method::options, "/api/public/v1/jobs");
  CHECK(options.status == 204);
  CHECK(options.headers.at(0).second == "POST, OPTIONS");
}

TEST_CASE("an unexpected exception is a 500 whose id stands in the log, with nothing of its text") {
  House house;
  for (const auto& response : {house.ask(Method::post, "/api/v1/throws"),
                               house.ask(Method::get, "/api/public/v1/throws")}) {
    CHECK(response.status == 500);
    CHECK(response.body.find("secret") == std::string::npos);
    const auto id = json::parse(response.body).at("errorId").get<std::string>();
    CHECK(house.logged.find("error_id=" + id) != std::string::npos);
  }
  CHECK(house.logged.find("secret place") != std::string::npos);
}

TEST_CASE("an error of the rooms below becomes its problem") {
  House house;
  const auto response = house.ask(Method::get, "/v1/conflict");
  CHECK(response.status == 409);
  CHECK(json::parse(response.body).at("title") == "state-conflict");
}

TEST_CASE("bodies: JSON whatever the type says, nothing is an empty object") {
  House house;
  CHECK(house.ask(Method::post, "/v1/jobs", "admin", "").body == "{}");
  CHECK(house.ask(Method::post, "/v1/jobs", "admin", R"( {"a":1} )").body == R"({"a":1})");
  for (const char* body : {"{", "{}x", "[]", "7", "client_id=x", "{\"a\":\"\xff\"}"})
    CHECK(house.ask(Method::post, "/v1/jobs", "admin", body).status == 422);
  const std::string deep = R"({"a":)" + std::string(100'000, '[') + "}";
  CHECK(house.ask(Method::post, "/v1/jobs", "admin", deep.c_str()).status == 422);
}

TEST_CASE("health is a text, on the Config API an object, and 503 without a store") {
  House house;
  CHECK(house.ask(Method::get, "/api/public/v1/health/", "").body == "Successful operation");
  CHECK(house.ask(Method::get, "/api/v1/health", "").body == R"({"available":true})");
  house.store_answers = false;
  CHECK(house.ask(Method::get, "/v1/health", "").status == 503);
  CHECK(house.ask(Method::get, "/api/v1/health", "").body == R"({"available":false})");
}

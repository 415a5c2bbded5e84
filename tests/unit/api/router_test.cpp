#include "api/router.h"

#include <catch2/catch.hpp>

using namespace wharf::api;

namespace {

Response named(const char* name) {
  return text_response(name);
}

Router small_router() {
  Router router;
  auto route = [&](Base base, Method method, const char* path, const char* name) {
    router.add(base, method, path, Access::read, [name](const Request&) { return named(name); });
  };
  route(Base::public_api, Method::get, "/jobs", "list");
  route(Base::public_api, Method::post, "/jobs", "create");
  route(Base::public_api, Method::get, "/jobs/{jobId}", "get");
  route(Base::public_api, Method::del, "/jobs/{jobId}", "cancel");
  route(Base::public_api, Method::get, "/sources/{sourceId}", "source");
  route(Base::public_api, Method::post, "/sources/initiateOAuth", "oauth");
  route(Base::public_api, Method::get, "/", "docs");
  route(Base::config_api, Method::post, "/jobs/get", "config");
  route(Base::wharf_api, Method::get, "/doctor", "doctor");
  route(Base::root, Method::get, "/healthz", "healthz");
  return router;
}

std::string answer(const Router& router, Method method, const char* path) {
  const auto match = router.match(method, path);
  return match.route ? match.route->handler(Request{}).body : match.known ? match.allow : "unknown";
}

}  // namespace

TEST_CASE("each API answers under its base, the public one under its alias too") {
  const auto router = small_router();
  CHECK(answer(router, Method::get, "/api/public/v1/jobs") == "list");
  CHECK(answer(router, Method::get, "/v1/jobs") == "list");
  CHECK(answer(router, Method::post, "/api/v1/jobs/get") == "config");
  CHECK(answer(router, Method::get, "/api/wharf/v1/doctor") == "doctor");
  CHECK(answer(router, Method::get, "/healthz") == "healthz");
  CHECK(router.match(Method::get, "/v1/jobs").base == Base::public_api);
  CHECK(router.match(Method::get, "/api/v1/x").base == Base::config_api);
}

TEST_CASE("a base ends at a slash, and no API answers for another") {
  const auto router = small_router();
  CHECK(answer(router, Method::get, "/jobs") == "unknown");
  CHECK(answer(router, Method::get, "/api/v1/jobs") == "unknown");
  CHECK(answer(router, Method::get, "/v1x/jobs") == "unknown");
  CHECK(answer(router, Method::get, "/api/public/v1/healthz") == "unknown");
}

TEST_CASE("a slash at the end of a path does not matter") {
  const auto router = small_router();
  CHECK(answer(router, Method::get, "/api/public/v1/jobs/") == "list");
  CHECK(answer(router, Method::get, "/api/public/v1/jobs/7/") == "get");
  CHECK(answer(router, Method::get, "/api/public/v1") == "docs");
  CHECK(answer(router, Method::get, "/api/public/v1/") == "docs");
  CHECK(router.match(Method::get, "/api/public/v1/jobs/").path == "/jobs");
  CHECK(answer(router, Method::get, "/api/public/v1/jobs//") == "unknown");
}

TEST_CASE("parameters are decoded, and are never empty") {
  const auto router = small_router();
  const auto match = router.match(Method::get, "/v1/jobs/a%2Fb%20c+d");
  REQUIRE(match.route);
  CHECK(match.parameters.at("jobId") == "a/b c+d");
  CHECK(answer(router, Method::get, "/v1/sources//") == "unknown");
  CHECK(answer(router, Method::get, "/v1/sources/%zz") == "unknown");
  CHECK(answer(router, Method::get, "/v1/sources/%00") == "unknown");
}

TEST_CASE("a literal segment goes before a parameter") {
  const auto router = small_router();
  CHECK(answer(router, Method::post, "/v1/sources/initiateOAuth") == "oauth");
  CHECK(answer(router, Method::get, "/v1/sources/42") == "source");
}

TEST_CASE("a known path tells which methods it has") {
  const auto router = small_router();
  CHECK(answer(router, Method::put, "/v1/jobs") == "GET, HEAD, POST, OPTIONS");
  CHECK(answer(router, Method::other, "/v1/jobs/7") == "GET, HEAD, DELETE, OPTIONS");
  CHECK(answer(router, Method::get, "/v1/sources/initiateOAuth") == "POST, OPTIONS");
}

TEST_CASE("HEAD is served by GET") {
  const auto router = small_router();
  CHECK(answer(router, Method::head, "/v1/jobs") == "list");
  CHECK(answer(router, Method::head, "/api/v1/jobs/get") == "POST, OPTIONS");
}

TEST_CASE("a handler's error is thrown to the entrance") {
  Router router;
  router.add(Base::root, Method::get, "/x", Access::open,
             [](const Request&) -> wharf::Result<Response> {
               return wharf::Error{wharf::ErrorCode::conflict, "taken"};
             });
  const auto match = router.match(Method::get, "/x");
  CHECK_THROWS_AS(match.route->handler(Request{}), wharf::Failure);
}

TEST_CASE("all routes can be listed") {
  const auto entries = small_router().entries();
  CHECK(entries.size() == 10);
  CHECK(entries.front().path == "/jobs");
}

#include "api/guard.h"

#include <catch2/catch.hpp>
#include <initializer_list>
#include <utility>

using namespace wharf::api;

namespace {

using Fields = std::initializer_list<std::pair<const char*, const char*>>;

Request request_with(Method method, Fields fields, const char* body = "") {
  Request request;
  request.method = method;
  request.body = body;
  for (const auto& [name, value] : fields) request.headers.add(name, value);
  return request;
}

Guard guard_with(GuardOptions options = {}) {
  return Guard(std::move(options), [](std::string_view token) -> std::optional<Caller> {
    if (token == "good") return Caller{"client:x", Role::reader};
    return std::nullopt;
  });
}

// 0: it may pass.
int refused(Method method, Fields fields, const char* body = "", GuardOptions options = {}) {
  const auto problem = guard_with(std::move(options)).objection(request_with(method, fields, body));
  return problem ? problem->status : 0;
}

}  // namespace

TEST_CASE("only requests for a host of ours pass, whatever the port") {
  for (const char* host :
       {"localhost", "localhost:8000", "LOCALHOST:1", "127.0.0.1:8000", "[::1]:80", "[::1]"})
    CHECK(refused(Method::get, {{"Host", host}}) == 0);
  for (const char* host : {"evil.example", "127.0.0.1.evil.example:8000", "localhost.evil:8000",
                           "localhost@evil", "::1", "[::1", "a,localhost"})
    CHECK(refused(Method::get, {{"Host", host}}) == 403);
  CHECK(refused(Method::get, {}) == 400);
  CHECK(refused(Method::get, {{"Host", ""}}) == 400);
  CHECK(refused(Method::get, {{"Host", "localhost"}, {"Host", "evil.example"}}) == 400);
}

TEST_CASE("an operator may add a name") {
  GuardOptions options;
  options.hosts.push_back("sync.example");
  CHECK(refused(Method::get, {{"Host", "Sync.Example:443"}}, "", options) == 0);
}

TEST_CASE("a foreign page may not change anything") {
  const auto changes = [](const char* name, const char* value) {
    return refused(Method::post, {{"Host", "localhost:8000"}, {name, value}});
  };
  CHECK(changes("Origin", "https://evil.example") == 403);
  CHECK(changes("Origin", "null") == 403);
  CHECK(changes("Origin", "http://localhost:9999") == 403);
  CHECK(changes("Origin", "http://localhost:8000") == 0);
  CHECK(changes("Sec-Fetch-Site", "cross-site") == 403);
  CHECK(changes("Sec-Fetch-Site", "same-site") == 403);
  CHECK(changes("Sec-Fetch-Site", "same-origin") == 0);
  CHECK(changes("Sec-Fetch-Site", "none") == 0);
  CHECK(refused(Method::get, {{"Host", "localhost"}, {"Origin", "https://evil.example"}}) == 0);
  CHECK(refused(Method::del, {{"Host", "localhost"}, {"Origin", "https://evil.example"}}) == 403);
}

TEST_CASE("a browser must say JSON; a program need not") {
  const char* host = "localhost:8000";
  const char* origin = "http://localhost:8000";
  CHECK(refused(Method::post, {{"Host", host}, {"Origin", origin}, {"Content-Type", "text/plain"}},
                "{}") == 415);
  CHECK(refused(Method::post, {{"Host", host}, {"Origin", origin}}, "{}") == 415);
  CHECK(
      refused(Method::post,
              {{"Host", host}, {"Origin", origin}, {"Content-Type", "application/json; charset=x"}},
              "{}") == 0);
  CHECK(refused(Method::post, {{"Host", host}, {"Origin", origin}}) == 0);
  CHECK(refused(Method::post,
                {{"Host", host}, {"Content-Type", "application/x-www-form-urlencoded"}},
                "{}") == 0);
  CHECK(refused(Method::post, {{"Host", host}}, "{}") == 0);
}

TEST_CASE("a bearer token tells who is asking") {
  const auto guard = guard_with();
  const auto who = [&](const char* authorization) {
    return guard.identify(request_with(Method::get, {{"Authorization", authorization}}));
  };
  CHECK(who("Bearer good")->subject == "client:x");
  CHECK(who("bearer   good ")->subject == "client:x");
  CHECK_FALSE(who("Bearer bad"));
  CHECK_FALSE(who("Bearer"));
  CHECK_FALSE(who("good"));
  CHECK_FALSE(who("Basic Z29vZDpnb29k"));
  CHECK_FALSE(guard.identify(request_with(Method::get, {})));
  CHECK_FALSE(guard.identify(request_with(
      Method::get, {{"Authorization", "Bearer good"}, {"Authorization", "Bearer bad"}})));
}

TEST_CASE("a password opens where an operator wants it to") {
  GuardOptions options;
  options.basic = BasicLogin{"airbyte", hash_of("password")};
  const auto guard = guard_with(options);
  const auto who = [&](const char* authorization) {
    return guard.identify(request_with(Method::get, {{"Authorization", authorization}}));
  };
  CHECK(who("Basic YWlyYnl0ZTpwYXNzd29yZA==")->subject == "basic:airbyte");
  CHECK_FALSE(who("Basic YWlyYnl0ZTp3cm9uZw=="));
  CHECK_FALSE(who("Basic YWlyYnl0ZQ=="));
  CHECK_FALSE(who("Basic !!!!"));
  CHECK_FALSE(who("Basic "));
  CHECK(who("Bearer good"));
}

TEST_CASE("without authentication everybody is an admin") {
  GuardOptions options;
  options.authenticate = false;
  CHECK(guard_with(options).identify(request_with(Method::get, {}))->role == Role::admin);
}

TEST_CASE("who comes through the Unix socket is known by uid, and asked for nothing") {
  auto request = request_with(Method::post, {});
  request.peer = {true, 1234, 100, 77};
  const auto guard = guard_with();
  CHECK_FALSE(guard.objection(request));
  CHECK(guard.identify(request)->subject == "uid:1234");
  CHECK(guard.identify(request)->role == Role::admin);
}

TEST_CASE("F-64: a reader changes nothing, and a launcher sees nothing") {
  CHECK(permits(Role::reader, Access::read));
  CHECK_FALSE(permits(Role::reader, Access::operate));
  CHECK_FALSE(permits(Role::reader, Access::administer));
  CHECK(permits(Role::operating, Access::operate));
  CHECK_FALSE(permits(Role::operating, Access::administer));
  CHECK(permits(Role::launcher, Access::launch));
  CHECK_FALSE(permits(Role::launcher, Access::read));
  CHECK_FALSE(permits(Role::operating, Access::launch));
  CHECK(permits(Role::admin, Access::launch));
  CHECK(permits(Role::launcher, Access::open));
  for (const Role role : {Role::reader, Role::operating, Role::admin, Role::launcher})
    CHECK(role_named(name_of(role)) == role);
  CHECK_FALSE(role_named("root"));
}

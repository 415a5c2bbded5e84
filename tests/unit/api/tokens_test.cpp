#include "api/tokens.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "../../fakes/memory_tokens.h"
#include "api/problem.h"

using namespace wharf::api;
using namespace std::chrono_literals;

namespace {

class HeldClock final : public wharf::base::Clock {
 public:
  wharf::base::WallTime now{1'800'000'000'000ms};
  wharf::base::WallTime wall() const override { return now; }
  wharf::base::SteadyTime steady() const override { return {}; }
};

struct Office {
  Office() { store.add_client("id-1", "right", Role::operating); }
  HeldClock clock;
  wharf::fakes::MemoryTokens store;
  Tokens tokens{store, clock};
};

Response ask(const Router& router, const char* path, const char* body) {
  Request request;
  request.body = body;
  return router.match(Method::post, path).route->handler(request);
}

int refusal_of(const Router& router, const char* body) {
  try {
    ask(router, "/applications/token", body);
    return 200;
  } catch (const Refused& refused) {
    return refused.problem().status;
  }
}

}  // namespace

TEST_CASE("who knows a client's secret gets a token that is known until it expires") {
  Office office;
  const auto token = office.tokens.issue("id-1", "right");
  REQUIRE(token);
  CHECK(token->size() == 43);
  const auto caller = office.tokens.identify(*token);
  REQUIRE(caller);
  CHECK(caller->subject == "client:id-1");
  CHECK(caller->role == Role::operating);
  office.clock.now += 899s;
  CHECK(office.tokens.identify(*token));
  office.clock.now += 1s;
  CHECK_FALSE(office.tokens.identify(*token));
}

TEST_CASE("a wrong secret and an unknown client get nothing") {
  Office office;
  CHECK_FALSE(office.tokens.issue("id-1", "wrong"));
  CHECK_FALSE(office.tokens.issue("id-1", ""));
  CHECK_FALSE(office.tokens.issue("id-2", "right"));
  CHECK_FALSE(office.tokens.identify("made up"));
  CHECK_FALSE(office.tokens.identify(""));
}

TEST_CASE("a token outlives the daemon that issued it: it is in the store") {
  Office office;
  const auto token = office.tokens.issue("id-1", "right");
  Tokens later(office.store, office.clock);
  CHECK(later.identify(*token));
}

TEST_CASE("F-65: tokens that have expired are forgotten when a new one comes") {
  Office office;
  for (int i = 0; i < 50; ++i) office.tokens.issue("id-1", "right");
  CHECK(office.store.count() == 50);
  office.clock.now += 901s;
  office.tokens.issue("id-1", "right");
  CHECK(office.store.count() == 1);
}

TEST_CASE("a static token has no end") {
  Office office;
  office.store.keep({hash_of("static"), "ci", Role::reader, {}}, office.clock.now);
  office.clock.now += std::chrono::hours(24 * 365);
  CHECK(office.tokens.identify("static")->subject == "ci");
}

TEST_CASE("no token lives for less than a client uses it unasked") {
  Office office;
  CHECK(Tokens(office.store, office.clock, 10s).life() == 180s);
}

TEST_CASE("a token request is read in every spelling that clients use") {
  for (const char* body : {
           R"({"client_id":"a b","client_secret":"c&d"})",
           R"({"client_id":"a b","client_secret":"c&d","grant-type":"client_credentials"})",
           R"( {"grant_type":"client_credentials","client_id":"a b","client_secret":"c&d"})",
           "grant_type=client_credentials&client_id=a+b&client_secret=c%26d",
           "client_secret=c%26d&client_id=a%20b&scope=",
       }) {
    INFO(body);
    const auto read = read_token_request(body);
    CHECK(read.client_id == "a b");
    CHECK(read.client_secret == "c&d");
  }
}

TEST_CASE("the token's answer has exactly what clients compare") {
  Office office;
  Router router;
  add_token_routes(router, office.tokens);
  for (const char* path : {"/api/public/v1/applications/token", "/api/v1/applications/token",
                           "/applications/token", "/v1/applications/token/"}) {
    INFO(path);
    const auto response = ask(router, path, "client_id=id-1&client_secret=right");
    CHECK(response.status == 200);
    CHECK(response.content_type == "application/json");
    const auto body = nlohmann::json::parse(response.body);
    CHECK(body.at("token_type") == "Bearer");
    CHECK(body.at("expires_in") == 900);
    CHECK(office.tokens.identify(body.at("access_token").get<std::string>()));
  }
}

TEST_CASE("a token request that is wrong says how") {
  Office office;
  Router router;
  add_token_routes(router, office.tokens);
  CHECK(refusal_of(router, "client_id=id-1&client_secret=wrong") == 401);
  CHECK(refusal_of(router, R"({"client_id":"id-1","client_secret":"wrong"})") == 401);
  CHECK(refusal_of(router, "") == 400);
  CHECK(refusal_of(router, "client_id=id-1") == 400);
  CHECK(refusal_of(router, R"({"client_id":7,"client_secret":"x"})") == 400);
  CHECK(refusal_of(router, "client_id=%zz") == 400);
  CHECK(refusal_of(router, R"({"client_id":)") == 422);
}

TEST_CASE("random secrets are of letters and digits, and differ") {
  const auto one = random_secret(32), two = random_secret(32);
  CHECK(one.size() == 32);
  CHECK(one != two);
  for (const char c : one) CHECK(std::isalnum(static_cast<unsigned char>(c)));
  CHECK(random_secret(1000).find('9') != std::string::npos);
}

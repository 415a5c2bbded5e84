#include "api/routes.h"

#include <stdlib.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "../../fakes/memory_tokens.h"
#include "api/openapi_document.h"
#include "base/text.h"

using namespace wharf;
using namespace wharf::api;
using nlohmann::json;

namespace {

struct Place {
  std::filesystem::path path;
  Place() {
    char name[] = "/tmp/wharf-routes-XXXXXX";
    path = ::mkdtemp(name);
  }
  ~Place() { std::filesystem::remove_all(path); }
};

// The routes of a daemon, none of which is asked anything.
std::vector<Router::Entry> all_routes() {
  const Place place;
  const auto directory = database::DataDirectory::open(place.path).value();
  const auto database = database::Database::open(directory).value();
  const base::SystemClock clock;
  const std::atomic<bool> closing{false};
  const secret::Vault vault(secret::Key({}));
  const Services services{*database, clock, schedule::TimeZone::utc(), {}, closing, vault, {}, {},
                          {},        {}};
  const Instance instance{*database, clock, directory, "", {}, "", 0, 0,
                          {},        {},    {},        {}, {}, {}, {}};
  fakes::MemoryTokens store;
  Tokens tokens(store, clock, std::chrono::seconds(900));
  Router router;
  add_routes(router, {services, instance, tokens, {}, {}, Access::read, {}});
  return router.entries();
}

std::string called(std::string_view method, std::string_view path) {
  return std::string(method).append(" ").append(path);
}

// What a document says of who may ask: nobody is asked for anything, or for a bearer's token only.
Access access_of(const json& document, const json& operation) {
  const json& security =
      operation.contains("security") ? operation["security"] : document["security"];
  if (security.empty()) return Access::open;
  const json launchers = json::array({{{"bearer", json::array()}}});
  return security == launchers ? Access::launch : Access::read;
}

std::map<std::string, Access> documented() {
  const json document = json::parse(openapi_document());
  const std::set<std::string> methods{"get", "put", "post", "patch", "delete"};
  std::map<std::string, Access> all;
  for (const auto& [path, item] : document["paths"].items()) {
    for (const auto& [name, operation] : item.items()) {
      if (methods.contains(name)) all.emplace(called(name, path), access_of(document, operation));
    }
  }
  return all;
}

}  // namespace

TEST_CASE("the document names every route there is and no other, and who may take it") {
  std::map<std::string, Access> served;
  for (const auto& route : all_routes()) {
    const bool special = route.access == Access::open || route.access == Access::launch;
    served.emplace(called(base::to_lower(name_of(route.method)), route.pattern),
                   special ? route.access : Access::read);
  }
  const auto said = documented();
  for (const auto& [name, access] : served) {
    INFO(name);
    REQUIRE(said.contains(name));
    CHECK(said.at(name) == access);
  }
  for (const auto& [name, access] : said) {
    INFO(name);
    CHECK(served.contains(name));
  }
}

TEST_CASE("what an operation is called is said once in the document") {
  const json document = json::parse(openapi_document());
  std::set<std::string> ids;
  for (const auto& [path, item] : document["paths"].items()) {
    for (const auto& [name, operation] : item.items()) {
      if (!operation.is_object()) continue;
      INFO(path << " " << name);
      CHECK(ids.insert(operation["operationId"].get<std::string>()).second);
    }
  }
}

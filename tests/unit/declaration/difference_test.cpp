#include "declaration/difference.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using wharf::declaration::difference;
using wharf::declaration::FieldChange;
using Json = nlohmann::ordered_json;

namespace {

std::vector<FieldChange> changes(const char* before, const char* after) {
  return difference(Json::parse(before), Json::parse(after));
}

}  // namespace

TEST_CASE("what is the same is no change, in whatever order its keys stand") {
  CHECK(changes(R"({"a":{"b":[1,2],"c":null}})", R"({"a":{"c":null,"b":[1,2]}})").empty());
  CHECK(changes("null", "null").empty());
}

TEST_CASE("a value that is another, one more and one less are said by their fields") {
  CHECK(changes(R"({"name":"c","configuration":{"path":"x","rows":1}})",
                R"({"name":"c","configuration":{"path":"y","url":["u"]}})") ==
        std::vector<FieldChange>{
            {"configuration.path", R"("x")", R"("y")", false},
            {"configuration.url", std::nullopt, R"(["u"])", false},
            {"configuration.rows", "1", std::nullopt, false},
        });
}

TEST_CASE("a thing that is new or gone is all of its fields") {
  CHECK(changes("null", R"({"name":"c"})") ==
        std::vector<FieldChange>{{"name", std::nullopt, R"("c")", false}});
  CHECK(changes(R"({"name":"c"})", "null") ==
        std::vector<FieldChange>{{"name", R"("c")", std::nullopt, false}});
}

TEST_CASE("streams are known by their names, not by their places") {
  const char* before = R"({"streams":[{"name":"a","sync_mode":"x"},
    {"name":"a","namespace":"p","sync_mode":"x"}]})";
  const char* after = R"({"streams":[{"name":"a","namespace":"p","sync_mode":"y"},
    {"name":"a","sync_mode":"x"}]})";
  CHECK(changes(before, after) ==
        std::vector<FieldChange>{{"streams[p.a].sync_mode", R"("x")", R"("y")", false}});
  CHECK(changes(R"({"streams":[{"name":"a"}]})", R"({"streams":[{"name":"b"}]})") ==
        std::vector<FieldChange>{{"streams[b].name", std::nullopt, R"("b")", false},
                                 {"streams[a].name", R"("a")", std::nullopt, false}});
}

TEST_CASE("of a secret only that it differs is said") {
  CHECK(
      changes(R"({"password":{"_secret":"id/1"}})", R"({"password":{"_secret":"id/1"}})").empty());
  CHECK(changes(R"({"password":{"_secret":"id/1"}})", R"({"password":{"_secret":"id/2"}})") ==
        std::vector<FieldChange>{{"password", R"("***")", R"("***")", true}});
  CHECK(changes(R"({"password":"${env:P}"})", R"({"password":{"_secret":"id/2"}})") ==
        std::vector<FieldChange>{{"password", R"("${env:P}")", R"("***")", true}});
}

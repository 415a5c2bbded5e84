#include "connection/named_secrets.h"

#include <catch2/catch.hpp>

using namespace wharf::connection;

TEST_CASE("a secret called by name is found wherever it stands alone") {
  const auto found =
      named_secrets(R"({"a":"${secret:x/y}","b":[{"c~/":"${secret:z}"}],"d":"${env:E}"})");
  REQUIRE(found.has_value());
  REQUIRE(found->size() == 2);
  CHECK((*found)[0].pointer == "/a");
  CHECK((*found)[0].name == "x/y");
  CHECK((*found)[1].pointer == "/b/0/c~0~1");
  CHECK((*found)[1].name == "z");
}

TEST_CASE("a secret by name within a longer text is refused by its place") {
  for (const char* text : {R"({"a":"Bearer ${secret:x}"})", R"({"a":"${secret:x} "})",
                           R"({"a":"${secret:x"})", R"({"a":"${secret:}"})"}) {
    INFO(text);
    const auto found = named_secrets(text);
    REQUIRE_FALSE(found.has_value());
    CHECK(found.error().message == "/a: ${secret:NAME} must be the whole value");
  }
}

TEST_CASE("a kept secret bears the name it came under, else one of its place") {
  const auto named = named_coordinate("id", "team/key");
  CHECK(named.rfind("id/named/team/key/", 0) == 0);
  const auto kept =
      kept_secrets(R"({"a":{"_secret":")" + named + R"("},"b":[{"_secret":"id/7"}],"c":"x"})",
                   secret_prefix("source", "shop"));
  REQUIRE(kept.size() == 2);
  CHECK(kept[0].pointer == "/a");
  CHECK(kept[0].name == "team/key");
  CHECK(kept[0].coordinate == named);
  CHECK(kept[1].name == "sources/shop/b/0");
}

TEST_CASE("values are put at their places, of any type") {
  CHECK(with_values(R"({"a":"x","b":[1,2]})", {{"/a", R"({"_secret":"c"})"}, {"/b/1", "null"}}) ==
        R"({"a":{"_secret":"c"},"b":[1,null]})");
}

TEST_CASE("texts that a declaration would take for references are found") {
  CHECK(reference_like(
            R"({"a":"${env:A}","b":"x ${file:/f} y","c":"${other:x}","d":["${secret:s}"]})") ==
        std::vector<std::string>{"/a", "/b", "/d/0"});
}

#include <docker/base64.h>
#include <docker/registry_logins.h>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace wharf;
using namespace wharf::docker;
using Json = nlohmann::json;

namespace {

ImageReference image(std::string_view name) {
  return parse_image_reference(name).value();
}

// What a registry will be told, read as Docker's engine reads it.
Json told(const RegistryLogins& logins, std::string_view name) {
  auto header = logins.header_for(image(name));
  REQUIRE(header);
  for (char& c : *header) c = c == '-' ? '+' : c == '_' ? '/' : c;
  return Json::parse(from_base64(*header).value());
}

}  // namespace

TEST_CASE("base64 is that of RFC 4648, in the alphabet of URLs") {
  const std::pair<std::string, std::string> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, text] : vectors) {
    CHECK(to_base64_url(plain) == text);
    CHECK(from_base64(text).value() == plain);
  }
  CHECK(to_base64_url("\xfb\xff") == "-_8=");
  CHECK(from_base64("+/8").value() == "\xfb\xff");
  CHECK_FALSE(from_base64("Zg=x"));
  CHECK_FALSE(from_base64("Z"));
}

TEST_CASE("a login of a config.json goes to its registry and to no other") {
  const auto logins = RegistryLogins::parse(R"({"auths": {
      "https://index.docker.io/v1/": {"auth": "aHViOnB3OjE="},
      "localhost:5000": {"username": "u", "password": "p"},
      "https://REG.example.com/v2/": {"identitytoken": "t0k"}}})")
                          .value();
  const auto hub = told(logins, "airbyte/source-faker");
  CHECK(hub == Json({{"username", "hub"},
                     {"password", "pw:1"},
                     {"serveraddress", "https://index.docker.io/v1/"}}));
  CHECK(told(logins, "localhost:5000/x")["username"] == "u");
  CHECK(told(logins, "reg.example.com/x")["identitytoken"] == "t0k");
  CHECK_FALSE(logins.header_for(image("localhost:5001/x")));
  CHECK_FALSE(logins.header_for(image("quay.io/x")));
}

TEST_CASE("credential helpers are programs, so they are only named") {
  const auto logins = RegistryLogins::parse(R"({"credsStore": "pass",
      "credHelpers": {"gcr.io": "gcloud"}, "auths": {"quay.io": {}, "a.io": {"auth": "dTpw"}}})")
                          .value();
  CHECK(logins.unused_helper_for(image("gcr.io/x")).value() == "gcloud");
  CHECK(logins.unused_helper_for(image("quay.io/x")).value() == "pass");
  CHECK_FALSE(logins.unused_helper_for(image("a.io/x")));
  CHECK_FALSE(logins.header_for(image("quay.io/x")));
  CHECK_FALSE(RegistryLogins::parse("{}").value().unused_helper_for(image("x")));
}

TEST_CASE("a wrong config.json is refused without a word of its secrets") {
  for (const auto* text : {"", "[]", R"({"auths": 1})", R"({"auths": {"r.io": "c2VjcmV0"}})",
                           R"({"auths": {"r.io": {"auth": "c2VjcmV0"}}})",
                           R"({"auths": {"r.io": {"auth": "sec!ret"}}})"}) {
    const auto logins = RegistryLogins::parse(text);
    REQUIRE(logins.has_error());
    CHECK(logins.error().code == ErrorCode::invalid_config);
    CHECK(logins.error().message.find("c2V") == std::string::npos);
    CHECK(logins.error().message.find("sec!") == std::string::npos);
  }
}

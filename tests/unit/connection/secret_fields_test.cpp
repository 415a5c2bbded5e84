#include "connection/secret_fields.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "connection/clear_configuration.h"
#include "connection/sealing.h"
#include "database/migrations.h"
#include "sqlite/statement.h"

using namespace wharf;
using namespace wharf::connection;
using nlohmann::json;

namespace {

// Secrets in every place that a schema can mark.
const std::string kSchema = R"({
  "type": "object",
  "definitions": {"token": {"type": "string", "airbyte_secret": true}},
  "properties": {
    "host": {"type": "string"},
    "password": {"type": "string", "airbyte_secret": true},
    "pin": {"type": "integer", "airbyte_secret": true},
    "referred": {"$ref": "#/definitions/token"},
    "keys": {"type": "array", "items": {"type": "object", "properties": {
      "name": {"type": "string"}, "key": {"type": "string", "airbyte_secret": true}}}},
    "headers": {"type": "object", "additionalProperties": {"type": "string", "airbyte_secret": true}},
    "both": {"allOf": [{"properties": {"a": {"type": "string", "airbyte_secret": true}}},
                       {"properties": {"b": {"type": "string"}}}]},
    "account": {"type": "object", "airbyte_secret": true},
    "credentials": {"oneOf": [
      {"properties": {"auth": {"const": "token"}, "value": {"type": "string", "airbyte_secret": true}}},
      {"properties": {"auth": {"enum": ["login"]}, "user": {"type": "string"},
                      "value": {"type": "string", "airbyte_secret": true}}}]}
  }})";

const std::string kConfig = R"({
  "host": "db", "password": "one\"#:\n", "pin": 1234, "referred": "three",
  "keys": [{"name": "k", "key": "four"}, {"name": "l", "key": "five"}],
  "headers": {"x/y": "six"}, "both": {"a": "seven", "b": "seen"},
  "account": {"id": "eight", "deep": ["nine"]},
  "credentials": {"auth": "token", "value": "ten"}})";

const std::vector<std::string> kSecrets = {"one", "1234",  "three", "four", "five",
                                           "six", "seven", "eight", "nine", "ten"};

bool shows_a_secret(const std::string& text) {
  for (const auto& secret : kSecrets)
    if (text.find(secret) != std::string::npos) return true;
  return false;
}

struct SealedStore {
  sqlite::Connection db{":memory:"};
  std::optional<sqlite::Transaction> open;
  const secret::Vault vault{secret::Key(secret::Key::Bytes{})};
  SealedStore() {
    REQUIRE(sqlite::migrate(db, database::migrations()).has_value());
    open.emplace(db);
  }
  std::string keep(const SplitConfiguration& split) {
    for (const auto& each : split.secrets) vault.keep(*open, each.coordinate, each.text);
    return split.stored;
  }
  Result<std::string> clear(const StoredConfiguration& stored) {
    secrets.clear();
    return clear_configuration(
        db, vault, stored,
        [](const char* name) { return std::string(name) == "HOST" ? "from the host" : nullptr; },
        secrets);
  }
  std::vector<std::string> secrets;
};

json at(const std::string& text, const char* pointer) {
  return json::parse(text).at(json::json_pointer(pointer));
}

}  // namespace

TEST_CASE("every value that a schema marks is taken out, and comes back as it was") {
  SealedStore store;
  const auto split = split_secrets(kConfig, kSchema, "s", false);
  CHECK_FALSE(shows_a_secret(split.stored));
  CHECK(split.secrets.size() == 9);  // the account is one
  CHECK(at(split.stored, "/host") == "db");
  CHECK(at(split.stored, "/both/b") == "seen");
  CHECK(at(split.stored, "/credentials/auth") == "token");
  const auto stored = store.keep(split);
  CHECK(json::parse(store.clear({"s", stored, {}, false}).value()) == json::parse(kConfig));
  for (const char* secret : {"one\"#:\n", "1234", "four", "eight", "nine", "ten"})
    CHECK(std::count(store.secrets.begin(), store.secrets.end(), std::string(secret)) == 1);
}

TEST_CASE("split again, nothing is taken out twice") {
  const auto split = split_secrets(kConfig, kSchema, "s", false);
  const auto again = split_secrets(split.stored, kSchema, "s", false);
  CHECK(again.stored == split.stored);
  CHECK(again.secrets.empty());
}

TEST_CASE("nothing is no secret") {
  const std::string config = R"({"password":"","pin":null})";
  CHECK(split_secrets(config, kSchema, "s", false).secrets.empty());
  CHECK(masked(config, kSchema, {}) == config);
}

TEST_CASE("a masked configuration has the mask in each secret's place, stored or literal") {
  const auto split = split_secrets(kConfig, kSchema, "s", false);
  for (const auto& config : {kConfig, split.stored}) {
    const auto shown = masked(config, kSchema, {});
    CHECK_FALSE(shows_a_secret(shown));
    CHECK(at(shown, "/password") == "**********");
    CHECK(at(shown, "/keys/1/key") == "**********");
    CHECK(at(shown, "/headers/x~1y") == "**********");
    CHECK(at(shown, "/account") == "**********");
    CHECK(at(shown, "/host") == "db");
    CHECK(shown.find("_secret") == std::string::npos);
  }
}

TEST_CASE("a reference is masked even where the schema no longer marks it") {
  const auto split = split_secrets(kConfig, kSchema, "s", false);
  CHECK(masked(split.stored, "{}", {}).find("_secret") == std::string::npos);
  CHECK(
      masked(split.stored, "{}", {.host_references = false, .coordinates = true}).find("_secret") !=
      std::string::npos);
}

TEST_CASE("without a schema every text is masked") {
  const auto shown = masked(kConfig, std::nullopt, {});
  CHECK(shown.find("one") == std::string::npos);
  CHECK(at(shown, "/host") == "**********");
  CHECK(at(shown, "/keys/0/key") == "**********");
}

TEST_CASE("a declared reference to the host may be seen, text around it may not") {
  const std::string config = R"({"password":"${env:P}","referred":"x${env:P}"})";
  const auto shown = masked(config, kSchema, {.host_references = true, .coordinates = false});
  CHECK(at(shown, "/password") == "${env:P}");
  CHECK(at(shown, "/referred") == "**********");
  CHECK(at(masked(config, kSchema, {}), "/password") == "**********");
  CHECK(split_secrets(config, kSchema, "s", true).secrets.empty());
  CHECK(split_secrets(config, kSchema, "s", false).secrets.size() == 2);
}

TEST_CASE("a secret given as the mask is the one that is stored") {
  const auto former = split_secrets(kConfig, kSchema, "s", false).stored;
  const auto kept = with_kept_secrets(masked(former, kSchema, {}), former, kSchema);
  REQUIRE(kept.has_value());
  CHECK(json::parse(*kept) == json::parse(former));
}

TEST_CASE("a mask with nothing behind it is refused, by its place") {
  const auto refused = with_kept_secrets(R"({"keys":[{"key":"**********"}]})", "{}", kSchema);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::invalid_config);
  CHECK(refused.error().message.find("/keys/0/key") != std::string::npos);
}

TEST_CASE("another variant does not inherit the secret of the one before") {
  const auto former = split_secrets(kConfig, kSchema, "s", false).stored;
  CHECK_FALSE(
      with_kept_secrets(R"({"credentials":{"auth":"login","value":"**********"}})", former, kSchema)
          .has_value());
  CHECK(
      with_kept_secrets(R"({"credentials":{"auth":"token","value":"**********"}})", former, kSchema)
          .has_value());
}

TEST_CASE("nobody is led to a secret by naming it") {
  const auto former = split_secrets(kConfig, kSchema, "s", false).stored;
  const auto own = at(former, "/password").dump();
  CHECK(with_kept_secrets(R"({"password":)" + own + "}", former, kSchema).has_value());
  CHECK_FALSE(with_kept_secrets(R"({"host":)" + own + "}", former, kSchema).has_value());
  CHECK_FALSE(with_kept_secrets(R"({"password":{"_secret":"t/1"}})", former, kSchema).has_value());
  CHECK_FALSE(with_kept_secrets(R"({"password":)" + own + "}", "{}", kSchema).has_value());
  SealedStore store;
  store.vault.keep(*store.open, "t/1", "\"theirs\"");
  const auto clear = store.clear({"s", R"({"password":{"_secret":"t/1"}})", {}, false});
  REQUIRE_FALSE(clear.has_value());
  CHECK(clear.error().message.find("theirs") == std::string::npos);
}

TEST_CASE(
    "sealed again, a configuration is the same text, and what it has no longer is forgotten") {
  SealedStore store;
  const auto seal = [&](const std::string& former, const std::string& config, bool declared) {
    return seal_configuration(*store.open, store.vault, {"s", former, {}, declared}, config,
                              kSchema);
  };
  const auto count = [&] { return store.db.number("select count(*) from secret"); };
  const auto first = seal("{}", kConfig, false);
  CHECK(count() == 9);
  CHECK(seal(first, kConfig, false) == first);
  CHECK(seal(first, first, false) == first);
  CHECK(count() == 9);
  auto changed = json::parse(kConfig);
  changed["password"] = "another";
  changed.erase("keys");
  const auto second = seal(first, changed.dump(), false);
  CHECK(count() == 7);
  CHECK(at(second, "/password") != at(first, "/password"));
  CHECK(at(second, "/pin") == at(first, "/pin"));
  CHECK(json::parse(store.clear({"s", second, {}, false}).value()) == changed);
  const auto declared = seal("{}", R"({"password":"${env:HOST}","pin":5})", true);
  CHECK(at(declared, "/password") == "${env:HOST}");
  CHECK(json::parse(store.clear({"s", declared, {}, true}).value()) ==
        json{{"password", "from the host"}, {"pin", 5}});
}

TEST_CASE("a patch is laid over key by key, and replaces lists and references") {
  CHECK(laid_over(R"({"a":{"b":1,"c":2},"d":[1,2],"e":{"_secret":"s/1"}})",
                  R"({"a":{"c":3},"d":[4],"e":{"f":1}})") ==
        R"({"a":{"b":1,"c":3},"d":[4],"e":{"f":1}})");
}

TEST_CASE("only what is declared may refer to the host") {
  SealedStore store;
  const std::string config = R"({"a":"${env:HOST}","b":"${file:/etc/hostname}"})";
  CHECK(store.clear({"s", config, {}, false}).value() == config);
  CHECK(store.secrets.empty());
  CHECK(at(store.clear({"s", R"({"a":"${env:HOST}"})", {}, true}).value(), "/a") ==
        "from the host");
  CHECK(store.secrets == std::vector<std::string>{"from the host"});
  CHECK_FALSE(store.clear({"s", R"({"a":"${env:NONE}"})", {}, true}).has_value());
}

TEST_CASE("a secret is known in the forms in which it is met: in JSON, and line by line") {
  SealedStore store;
  const std::string config = R"({"password":"-- begin key\nabcdefgh\nxy\n\"end\""})";
  const auto stored = store.keep(split_secrets(config, kSchema, "s", false));
  REQUIRE(store.clear({"s", stored, {}, false}).has_value());
  CHECK(store.secrets == std::vector<std::string>{"-- begin key\nabcdefgh\nxy\n\"end\"",
                                                  R"(-- begin key\nabcdefgh\nxy\n\"end\")",
                                                  "-- begin key", "abcdefgh"});
}

TEST_CASE("a connector's own word is kept sealed, and what it changed is a secret") {
  SealedStore store;
  const std::string config = R"({"host":"database","token":"first-token"})";
  const std::string word = R"({"host":"database","token":"second-token"})";
  store.vault.keep(*store.open, overlay_coordinate("s"), word);
  const Overlay overlay{reference_to(overlay_coordinate("s")), ""};
  CHECK(store.clear({"s", config, overlay, false}).value() == word);
  CHECK(store.secrets == std::vector<std::string>{"second-token"});
  CHECK(store.clear({"s", config, Overlay{word, ""}, false}).value() == word);
}

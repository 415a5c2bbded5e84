#include "api/endpoint_view.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace wharf;
using namespace wharf::api;
using definition::Kind;
using nlohmann::json;

TEST_CASE("only those Python SDKs get a type key that fail without it") {
  struct Row {
    const char* agent;
    bool in_source, in_destination;
  };
  for (const auto& [agent, in_source, in_destination] :
       {Row{"", false, false}, Row{"dagster", false, false}, Row{"curl/7.88.1", false, false},
        Row{"speakeasy-sdk/python 0.53.0 2.536.0 1.0.0 airbyte-api", false, false},
        Row{"speakeasy-sdk/python 1.0.1 2.911.0 1.0.0 airbyte-api", false, true},
        Row{"speakeasy-sdk/python 1.1.0rc1 2.911.0 1.0.0 airbyte-api", true, true},
        Row{"speakeasy-sdk/python 1.10.0 x", true, true},
        Row{"speakeasy-sdk/python 2.0.0", true, true}, Row{"speakeasy-sdk/python x", false, false},
        Row{"speakeasy-sdk/terraform 1.3.0 2.881.17 1.0.0 github.com", false, false}}) {
    INFO(agent);
    CHECK(wants_type_key(Kind::source, agent) == in_source);
    CHECK(wants_type_key(Kind::destination, agent) == in_destination);
  }
}

TEST_CASE("a built-in is known by its short name, by its kind") {
  CHECK(definition::find_builtin(Kind::destination, "sqlite")->name == "destination-sqlite");
  CHECK(definition::find_builtin(Kind::source, "sqlite") == nullptr);
  CHECK(definition::find_builtin(Kind::source, "file")->name == "source-file");
  const auto faker = definition::definition_of(*definition::find_builtin(Kind::source, "faker"));
  CHECK(short_name(faker) == "faker");
  definition::Definition command;
  command.program = definition::Command{{"/bin/true"}, {}, {}};
  CHECK(short_name(command).empty());
}

TEST_CASE("an endpoint is shown as every client can read it") {
  connection::StoredEndpoint endpoint;
  endpoint.kind = Kind::destination;
  endpoint.id = "d";
  endpoint.name = "files";
  endpoint.config = R"({"a":1,"p":{"_secret":"d/1"}})";
  endpoint.managed_by = "api";
  endpoint.created = base::from_millis(1'787'270'400'999);
  const auto definition =
      definition::definition_of(*definition::find_builtin(Kind::destination, "sqlite"));
  endpoint.definition = definition.id;
  Request request;
  request.headers.add("User-Agent", "speakeasy-sdk/python 1.0.1 x");
  const auto shown = to_json(endpoint, {definition, "{}", "w"}, request);
  CHECK(shown ==
        json{{"destinationId", "d"},
             {"name", "files"},
             {"destinationType", "sqlite"},
             {"definitionId", "b76be0a6-27dc-4560-95f6-2623da0bd7b6"},
             {"workspaceId", "w"},
             {"configuration", {{"a", 1}, {"p", "**********"}, {"destinationType", "sqlite"}}},
             {"createdAt", 1'787'270'400}});
}

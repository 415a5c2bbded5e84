#include "connection/catalog_check.h"

#include <catch2/catch.hpp>

using namespace wharf;
using namespace wharf::connection;

namespace {

protocol::ConfiguredStream stream_of_three(const char* name) {
  protocol::ConfiguredStream one;
  one.stream.descriptor.name = name;
  one.stream.json_schema = R"({"properties":{"a":{},"b":{},"c":{}}})";
  return one;
}

}  // namespace

TEST_CASE("fields that were chosen are told in the order in which they were named") {
  protocol::ConfiguredCatalog catalog;
  catalog.streams = {stream_of_three("s"), stream_of_three("t")};
  std::vector<StreamChoice> choices(2);
  choices[0].name = "s";
  choices[0].selected_fields = {"c", "a"};
  choices[1].name = "t";
  const auto settings = settings_of(choices, catalog);
  CHECK(chosen_fields(settings, catalog.streams[0].stream) == std::vector<std::string>{"c", "a"});
  CHECK(chosen_fields(settings, catalog.streams[1].stream).empty());
}

TEST_CASE("settings that know no order tell the fields as the schema has them") {
  const auto one = stream_of_three("s").stream;
  CHECK(chosen_fields(R"({"chosen_fields":["s"]})", one) ==
        std::vector<std::string>{"a", "b", "c"});
  CHECK(chosen_fields("{}", one).empty());
}

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
  const auto order = field_order(settings_of(choices, catalog));
  CHECK(order == FieldOrder{{"s", {"c", "a"}}});
}

TEST_CASE("settings of before know no order") {
  CHECK(field_order(R"({"chosen_fields":["s"]})").empty());
  CHECK(field_order("{}").empty());
}

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

TEST_CASE("twenty thousand fields are room enough, and one more is said to be too many") {
  const auto with = [](int fields) {
    std::string properties;
    for (int i = 0; i < fields; ++i) properties += (i ? ",\"" : "\"") + std::to_string(i) + "\":{}";
    protocol::ConfiguredCatalog catalog;
    catalog.streams = {stream_of_three("s"), stream_of_three("t")};
    catalog.streams[0].stream.json_schema = R"({"properties":{)" + properties + "}}";
    return too_many_fields(catalog);
  };
  CHECK_FALSE(with(19'997).has_value());
  CHECK(with(19'998) == "20001 fields are selected; a connection has 20000 at most");
}

TEST_CASE("settings keep where streams go, beside what else is in them") {
  protocol::NamespaceMapping names;
  names.definition = protocol::NamespaceMapping::Definition::custom_format;
  names.format = "raw_${SOURCE_NAMESPACE}";
  names.prefix = "p_";
  const auto settings = with_names(R"({"field_order":{"s":["c"]}})", names);
  CHECK(protocol::to_json(names_of(settings).value()) == protocol::to_json(names));
  CHECK(field_order(settings) == FieldOrder{{"s", {"c"}}});
  CHECK(names_of(with_names(settings, {}))->prefix.empty());
  CHECK_FALSE(names_of("{}").has_value());
}

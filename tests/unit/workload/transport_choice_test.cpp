#include "workload/transport_choice.h"

#include <catch2/catch.hpp>

using namespace wharf::workload;
using wharf::record::WireForm;
using Forced = TransportFacts::Forced;

namespace {

TransportFacts both() {
  TransportFacts facts;
  facts.source = {"0.0.2", {WireForm::jsonl, WireForm::protobuf}, {Medium::socket, Medium::stdio}};
  facts.destination = facts.source;
  return facts;
}

}  // namespace

TEST_CASE("two connectors with sockets take them, PROTOBUF first, two for each CPU") {
  auto road = choose_transport(both());
  REQUIRE(road.has_value());
  CHECK(road->medium == Medium::socket);
  CHECK(road->form == WireForm::protobuf);
  CHECK(road->sockets == 2);
  TransportFacts facts = both();
  facts.source_cpus = 4;
  facts.destination_cpus = 3;
  facts.destination->serializations = {WireForm::jsonl};
  road = choose_transport(facts);
  CHECK(road->sockets == 6);
  CHECK(road->form == WireForm::jsonl);
}

TEST_CASE("two connectors of this build hand each other batches, one of them alone does not") {
  TransportFacts facts = both();
  facts.source->serializations.push_back(WireForm::batch);
  CHECK(choose_transport(facts)->form == WireForm::protobuf);
  facts.destination = facts.source;
  CHECK(choose_transport(facts)->form == WireForm::batch);
}

TEST_CASE("each rule of the order leads to stdio with its reason") {
  auto reason = [](auto change) {
    TransportFacts facts = both();
    change(facts);
    auto road = choose_transport(facts);
    REQUIRE(road.has_value());
    CHECK(road->medium == Medium::stdio);
    return road->reason;
  };
  CHECK(reason([](auto& f) { f.is_clear = true; }) == "a clear job has no source to connect");
  CHECK(reason([](auto& f) { f.source.reset(); }) == "the source speaks stdio only");
  CHECK(reason([](auto& f) { f.destination.reset(); }) == "the destination speaks stdio only");
  CHECK(reason([](auto& f) { f.has_mappers = true; }) ==
        "mappers between two foreign connectors run in the pump");
  CHECK(reason([](auto& f) { f.source->version = "0.0.1"; }) ==
        "data channel versions differ (0.0.1 and 0.0.2)");
  CHECK(reason([](auto& f) { f.source->media = {Medium::stdio}; }) ==
        "the two have no socket transport in common");
  CHECK(reason([](auto& f) {
          f.source->serializations = {WireForm::jsonl};
          f.destination->serializations = {WireForm::protobuf};
        }) == "the two have no serialization in common");
  CHECK(reason([](auto& f) { f.forced = Forced::stdio; }) == "mode stdio was asked for");
}

TEST_CASE("sockets that are forced upon connectors without them are an error") {
  TransportFacts facts = both();
  facts.forced = Forced::socket;
  CHECK(choose_transport(facts).has_value());
  facts.source.reset();
  CHECK_FALSE(choose_transport(facts).has_value());
}

TEST_CASE("mappers stay on the fast road where one end is ours") {
  TransportFacts facts = both();
  facts.has_mappers = true;
  facts.one_end_is_ours = true;
  CHECK(choose_transport(facts)->medium == Medium::socket);
}

#include "connectors/source_empty/source_empty.h"

#include <nlohmann/json.hpp>

namespace wharf::connectors {
namespace {

class EmptyStream final : public connector::StreamReader {
 public:
  std::unique_ptr<connector::Partition> next_partition() override { return nullptr; }
  protocol::JsonText empty_state() override { return "null"; }
};

class EmptySource final : public connector::Source {
 public:
  protocol::ConnectorSpecification spec() const override {
    protocol::ConnectorSpecification spec;
    spec.connection_specification = R"({"type":"object","properties":{}})";
    return spec;
  }
  protocol::ConnectionStatus check(const nlohmann::json&) override { return {true, ""}; }
  Result<protocol::Catalog> discover(const nlohmann::json&) override { return protocol::Catalog(); }
  std::unique_ptr<connector::StreamReader> open(const nlohmann::json&,
                                                connector::StreamRequest) override {
    return std::make_unique<EmptyStream>();
  }
};

}  // namespace

std::unique_ptr<connector::Source> make_source_empty() {
  return std::make_unique<EmptySource>();
}

}  // namespace wharf::connectors

#include "connectors/source_faker/source_faker.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "connectors/source_faker/faker_catalog.h"
#include "connectors/source_faker/faker_config.h"
#include "connectors/source_faker/faker_reader.h"

namespace wharf::connectors {
namespace {

class SourceFaker final : public connector::Source {
 public:
  protocol::ConnectorSpecification spec() const override {
    protocol::ConnectorSpecification spec;
    spec.connection_specification = faker::config_schema();
    spec.documentation_url = "https://docs.airbyte.com/integrations/sources/faker";
    return spec;
  }

  protocol::ConnectionStatus check(const nlohmann::json& config) override {
    try {
      faker::parse_config(config);
      return {true, ""};
    } catch (const Failure& failure) {
      return {false, failure.error().message};
    }
  }

  Result<protocol::Catalog> discover(const nlohmann::json&) override { return faker::catalog(); }

  std::unique_ptr<connector::StreamReader> open(const nlohmann::json& config,
                                                connector::StreamRequest request) override {
    return faker::make_faker_reader(faker::parse_config(config), std::move(request));
  }

  int parallelism(const nlohmann::json& config) const override {
    constexpr std::int64_t kMost = 64;
    return static_cast<int>(std::min(faker::parse_config(config).parallelism, kMost));
  }
};

}  // namespace

std::unique_ptr<connector::Source> make_source_faker() {
  return std::make_unique<SourceFaker>();
}

}  // namespace wharf::connectors

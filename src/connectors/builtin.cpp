#include "connectors/builtin.h"

#include "connectors/destination_jsonl/destination_jsonl.h"
#include "connectors/destination_sqlite/destination_sqlite.h"
#include "connectors/source_empty/source_empty.h"
#include "connectors/source_faker/source_faker.h"
#include "connectors/source_file/source_file.h"

#include <wharf/connector/run.h>

#include <cstdio>
#include <string>

namespace wharf::connectors {
namespace {

template <auto make>
int run(std::span<const std::string> arguments) {
  auto connector = make();
  return connector::run_connector(*connector, arguments);
}

template <auto make>
protocol::ConnectorSpecification spec() {
  return make()->spec();
}

struct Builtin {
  std::string_view name;
  int (*run)(std::span<const std::string>);
  protocol::ConnectorSpecification (*spec)();
};

template <auto make>
constexpr Builtin builtin(std::string_view name) {
  return {name, run<make>, spec<make>};
}

constexpr Builtin kBuiltins[] = {
    builtin<make_source_empty>("source-empty"),
    builtin<make_source_faker>("source-faker"),
    builtin<make_source_file>("source-file"),
    builtin<make_destination_jsonl>("destination-jsonl"),
    builtin<make_destination_sqlite>("destination-sqlite"),
};

}  // namespace

int run_builtin(std::string_view name, std::span<const std::string> arguments) {
  for (const auto& builtin : kBuiltins) {
    if (builtin.name == name) return builtin.run(arguments);
  }
  std::fprintf(stderr, "wharf: no connector '%s' is built in; `wharf connectors` lists them\n",
               std::string(name).c_str());
  return 2;
}

std::optional<protocol::ConnectorSpecification> builtin_spec(std::string_view name) {
  for (const auto& builtin : kBuiltins) {
    if (builtin.name == name) return builtin.spec();
  }
  return std::nullopt;
}

}  // namespace wharf::connectors

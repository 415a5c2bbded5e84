#include "connector/command_line.h"

#include <catch2/catch.hpp>

namespace wharf::connector {
namespace {

Result<CommandLine> parse(ConnectorKind kind, std::vector<std::string> words) {
  return parse_command_line(kind, words);
}

TEST_CASE("read takes config, catalog and a state that may be left out") {
  auto line = parse(ConnectorKind::source, {"read", "--config", "c", "--catalog=k"});
  REQUIRE(line.has_value());
  CHECK(line->verb == Verb::read);
  CHECK(line->config == "c");
  CHECK(line->catalog == "k");
  CHECK_FALSE(line->state);
  auto resumed =
      parse(ConnectorKind::source, {"read", "--state", "s", "--config", "c", "--catalog", "k"});
  REQUIRE(resumed.has_value());
  CHECK(resumed->state == "s");
}

TEST_CASE("what a connector does not know is refused by name") {
  auto refused = [](ConnectorKind kind, std::vector<std::string> words) {
    auto line = parse(kind, std::move(words));
    REQUIRE_FALSE(line.has_value());
    CHECK(line.error().code == ErrorCode::invalid_argument);
    return line.error().message;
  };
  CHECK(refused(ConnectorKind::source, {}) == "a verb is needed");
  CHECK(refused(ConnectorKind::source, {"write"}).find("'write'") != std::string::npos);
  CHECK(refused(ConnectorKind::destination, {"read"}).find("'read'") != std::string::npos);
  CHECK(refused(ConnectorKind::source, {"check", "--catalog", "k"}).find("--catalog") !=
        std::string::npos);
  CHECK(refused(ConnectorKind::source, {"check"}) == "--config is needed");
  CHECK(refused(ConnectorKind::source, {"check", "--config"}) == "--config needs a file");
  CHECK(refused(ConnectorKind::destination, {"write", "--config", "c"}) == "--catalog is needed");
}

}  // namespace
}  // namespace wharf::connector

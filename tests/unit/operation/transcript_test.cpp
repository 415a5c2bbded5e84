#include "operation/transcript.h"

#include <catch2/catch.hpp>

using namespace wharf;
using namespace wharf::operation;

namespace {

using Lines = std::vector<std::string>;

const process::ExitStatus kGood{0};
const process::ExitStatus kBad{1};

const std::string kSucceeded =
    R"({"type":"CONNECTION_STATUS","connectionStatus":{"status":"SUCCEEDED"}})";
const std::string kFailed =
    R"({"type":"CONNECTION_STATUS","connectionStatus":{"status":"FAILED","message":"no"}})";

std::string error_trace(const std::string& message, const std::string& type) {
  return R"({"type":"TRACE","trace":{"type":"ERROR","emitted_at":1,"error":{"message":")" +
         message + R"(","failure_type":")" + type + R"("}}})";
}

std::string control(const std::string& token) {
  return R"({"type":"CONTROL","control":{"type":"CONNECTOR_CONFIG","emitted_at":1,)"
         R"("connectorConfig":{"config":{"token":")" +
         token + R"("}}}})";
}

Transcript heard(const Lines& lines) {
  Transcript transcript("source 'shop'", Origin::source);
  for (const auto& line : lines) transcript.stdout_line(line);
  return transcript;
}

}  // namespace

TEST_CASE("the first answer wins, whatever follows it") {
  CHECK(heard({kSucceeded, kFailed}).check(kGood).value().succeeded);
  CHECK_FALSE(heard({kFailed, kSucceeded}).check(kGood).value().succeeded);
  const auto catalog = [](const std::string& name) {
    return R"({"type":"CATALOG","catalog":{"streams":[{"name":")" + name +
           R"(","json_schema":{},"supported_sync_modes":["full_refresh"]}]}})";
  };
  const auto first = heard({catalog("first"), catalog("second")}).discover(kGood).value();
  CHECK(first.streams.front().descriptor.name == "first");
}

TEST_CASE("an answer stands whatever the exit is") {
  CHECK(heard({kSucceeded}).check(kBad).value().succeeded);
  CHECK(heard({kFailed}).check(kBad).value().message == "no");
  CHECK(heard({error_trace("late", "system_error"), kSucceeded}).check(kBad).value().succeeded);
}

TEST_CASE("an exit without an answer is an error, the good one too") {
  const auto silent = heard({}).check(kGood);
  REQUIRE_FALSE(silent.has_value());
  CHECK(silent.error().code == ErrorCode::connector_failed);
  CHECK(silent.error().message == "check of source 'shop' ended without an answer");
  CHECK(heard({}).discover(kBad).error().message ==
        "discover of source 'shop' ended with exit code 1");
}

TEST_CASE("a failure is what the first ERROR trace calls it") {
  auto of_config =
      heard({error_trace("bad key", "config_error"), error_trace("x", "system_error")});
  const auto error = of_config.check(kBad).error();
  CHECK(error.code == ErrorCode::invalid_config);
  CHECK(error.origin == Origin::source);
  CHECK(error.message == "check of source 'shop' failed: bad key");
  CHECK(of_config.failure_type() == protocol::FailureType::config_error);
  auto passing = heard({error_trace("busy", "transient_error"), error_trace("x", "config_error")});
  CHECK(passing.check(kBad).error().code == ErrorCode::connector_failed);
  CHECK(passing.failure_type() == protocol::FailureType::transient_error);
  CHECK(heard({}).failure_type() == protocol::FailureType::system_error);
}

TEST_CASE("of configurations that a connector gives itself the last counts") {
  CHECK_FALSE(heard({kSucceeded}).new_config().has_value());
  CHECK(heard({control("first"), kSucceeded, control("last")}).new_config()->find("last") !=
        std::string::npos);
}

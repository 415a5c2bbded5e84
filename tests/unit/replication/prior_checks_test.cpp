#include "replication/prior_checks.h"

#include "operation/prepared_question.h"

#include <catch2/catch.hpp>

using namespace wharf;
using namespace wharf::replication;

namespace {

const operation::StoredQuestion kOfSource{definition::Question::check, definition::Kind::source,
                                          "s"};
const operation::StoredQuestion kOfDestination{definition::Question::check,
                                               definition::Kind::destination, "t"};

protocol::JsonText said(bool succeeded, std::string message) {
  protocol::ConnectionStatus status;
  status.succeeded = succeeded;
  status.message = std::move(message);
  return operation::text_of(status);
}

}  // namespace

TEST_CASE("what a connector calls a failure is a matter of its configuration") {
  CHECK(verdict_of(kOfSource, said(true, "")).has_value());
  const auto source = verdict_of(kOfSource, said(false, "no such file"));
  REQUIRE(source.has_error());
  CHECK(source.error().code == ErrorCode::invalid_config);
  CHECK(source.error().origin == Origin::source);
  CHECK(source.error().message == "the source's check failed: no such file");
  const auto destination = verdict_of(kOfDestination, said(false, ""));
  REQUIRE(destination.has_error());
  CHECK(destination.error().origin == Origin::destination);
  CHECK(destination.error().message == "the destination's check failed: it did not say why");
}

TEST_CASE("a check that could not be asked says nothing of the configuration") {
  const auto verdict =
      verdict_of(kOfSource, Error{ErrorCode::timed_out, "no answer in 30 s", Origin::platform});
  REQUIRE(verdict.has_error());
  CHECK(verdict.error().code == ErrorCode::timed_out);
  CHECK(verdict.error().origin == Origin::platform);
  CHECK(verdict.error().message == "no answer in 30 s");
}

#include "replication/attempt_books.h"

#include <catch2/catch.hpp>

using namespace wharf;
using namespace wharf::replication;
using protocol::StreamDescriptor;

namespace {

workload::AttemptInput input_of(definition::Definition source, definition::Definition destination) {
  workload::AttemptInput input;
  input.connection = base::ConnectionId("c");
  input.source.definition = std::move(source);
  input.destination.definition = std::move(destination);
  input.claimed.attempt = {base::JobId(7), 2};
  for (const char* name : {"a", "b"}) {
    protocol::ConfiguredStream stream;
    stream.stream.descriptor = {"public", name};
    input.claimed.job.config.catalog.streams.push_back(std::move(stream));
  }
  input.left_out = {{"public", "b"}};
  return input;
}

definition::Definition builtin() {
  definition::Definition made;
  made.program = definition::Builtin{"source-faker"};
  return made;
}

definition::Definition foreign() {
  definition::Definition made;
  made.program = definition::Command{};
  return made;
}

}  // namespace

TEST_CASE("books are opened for every stream of the job, those done before marked as complete") {
  const auto books = booked_attempt(input_of(builtin(), builtin()), true);
  CHECK(books.id == base::AttemptId{base::JobId(7), 2});
  CHECK(books.connection == base::ConnectionId("c"));
  CHECK(books.streams == std::vector<StreamDescriptor>{{"public", "a"}, {"public", "b"}});
  CHECK(books.complete == std::vector<StreamDescriptor>{{"public", "b"}});
  CHECK(books.by_socket);
  CHECK_FALSE(booked_attempt(input_of(builtin(), builtin()), false).by_socket);
}

TEST_CASE("counts that differ are a fault only where both ends are ours") {
  CHECK(booked_attempt(input_of(builtin(), builtin()), false).strict_counts);
  CHECK_FALSE(booked_attempt(input_of(builtin(), foreign()), false).strict_counts);
  CHECK_FALSE(booked_attempt(input_of(foreign(), builtin()), false).strict_counts);
}

TEST_CASE("books close as cancelled only if the job is not wanted any more") {
  using bookkeeper::Ending;
  AttemptFacts facts;
  CHECK(books_ending(facts) == Ending::succeeded);
  facts.stopped = StopCause::shutdown;
  CHECK(books_ending(facts) == Ending::failed);
  facts.stopped = StopCause::inactive;
  CHECK(books_ending(facts) == Ending::failed);
  facts.stopped = StopCause::cancel;
  CHECK(books_ending(facts) == Ending::cancelled);
  facts.stopped.reset();
  facts.failures.push_back({ErrorCode::connector_failed, "exit 1", Origin::source});
  CHECK(books_ending(facts) == Ending::failed);
}

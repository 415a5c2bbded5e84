#include "operation/stored_question.h"

#include <catch2/catch.hpp>

using namespace wharf;
using operation::StoredQuestion;
using Asks = definition::Question;

namespace {

void check_comes_back(const StoredQuestion& question) {
  const auto wish = operation::wish_of(question, "state");
  const auto back = operation::question_of(wish);
  REQUIRE(back);
  CHECK(back->asks == question.asks);
  CHECK(back->id == question.id);
  if (question.asks != Asks::spec) CHECK(back->kind == question.kind);
}

}  // namespace

TEST_CASE("a question comes back from the queue as it was wished") {
  using definition::Kind;
  check_comes_back({Asks::check, Kind::source, "s1"});
  check_comes_back({Asks::check, Kind::destination, "d1"});
  check_comes_back({Asks::discover, Kind::source, "s1"});
  check_comes_back({Asks::spec, Kind::source, "connector"});
}

TEST_CASE("an attempt's question has the attempt's id and lets those who wait go first") {
  const StoredQuestion question{Asks::check, definition::Kind::source, "s1",
                                base::AttemptId{base::JobId(7), 2}};
  const auto wish = operation::wish_of(question, "state");
  CHECK(wish.id == "s1_7_2_check");
  CHECK(wish.priority == workload::Priority::standard);
  const auto waited_for =
      operation::wish_of({Asks::check, definition::Kind::source, "s1"}, "state");
  CHECK(waited_for.priority == workload::Priority::high);
  CHECK(waited_for.id !=
        operation::wish_of({Asks::check, definition::Kind::source, "s1"}, "state").id);
}

TEST_CASE("equal questions have equal inputs, and what has changed makes another one") {
  const StoredQuestion question{Asks::discover, definition::Kind::source, "s1"};
  CHECK(operation::wish_of(question, "one").input == operation::wish_of(question, "one").input);
  CHECK(operation::wish_of(question, "one").input != operation::wish_of(question, "two").input);
}

TEST_CASE("a workload that asks nothing about the store is no question") {
  workload::WorkloadWish wish;
  wish.type = workload::WorkloadType::check;
  for (const char* input : {"", "{}", "[]", R"({"source": 1})", R"({"definition": "d"})"}) {
    wish.input = input;
    CHECK_FALSE(operation::question_of(wish));
  }
  wish.input = R"({"source": "s"})";
  CHECK(operation::question_of(wish));
  wish.type = workload::WorkloadType::sync;
  CHECK_FALSE(operation::question_of(wish));
}

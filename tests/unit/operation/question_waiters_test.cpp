#include "operation/question_waiters.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace wharf;
using namespace wharf::operation;

namespace {

using Said = std::vector<std::string>;

QuestionWaiters::Answered tell(Said& said, std::string who) {
  return [&said, who = std::move(who)](const Result<protocol::JsonText>& text) {
    said.push_back(who + ": " + (text ? *text : std::string(name_of(text.error().code))));
  };
}

}  // namespace

TEST_CASE("everybody who waits for a workload is told once, and nobody who waits for another") {
  QuestionWaiters waiters;
  Said said;
  waiters.add("w", tell(said, "one"));
  waiters.add("w", tell(said, "two"));
  waiters.add("v", tell(said, "other"));
  waiters.answer("w", protocol::JsonText("{}"));
  CHECK(said == Said{"one: {}", "two: {}"});
  CHECK_FALSE(waiters.waits_for("w"));
  CHECK(waiters.waits_for("v"));
  waiters.answer("w", protocol::JsonText("{}"));
  CHECK(said.size() == 2);
}

TEST_CASE("once it is closed, who waits and who comes is told that") {
  QuestionWaiters waiters;
  Said said;
  waiters.add("w", tell(said, "early"));
  CHECK_FALSE(waiters.is_closed());
  waiters.close();
  CHECK(waiters.is_closed());
  CHECK(said == Said{"early: cancelled"});
  waiters.add("w", tell(said, "late"));
  CHECK(said == Said{"early: cancelled", "late: cancelled"});
  CHECK_FALSE(waiters.waits_for("w"));
}

TEST_CASE("who is told may ask again") {
  QuestionWaiters waiters;
  Said said;
  waiters.add("w", [&](const auto&) { waiters.add("w", tell(said, "again")); });
  waiters.answer("w", protocol::JsonText("1"));
  waiters.answer("w", protocol::JsonText("2"));
  CHECK(said == Said{"again: 2"});
}

TEST_CASE("who wants to hear how far it is hears it until the answer") {
  QuestionWaiters waiters;
  Said said;
  waiters.add("w", tell(said, "answer"), [&](std::string_view news) { said.emplace_back(news); });
  waiters.add("w", tell(said, "deaf"));
  waiters.tell("w", "half");
  waiters.tell("v", "another's");
  waiters.answer("w", protocol::JsonText("1"));
  waiters.tell("w", "late");
  CHECK(said == Said{"half", "answer: 1", "deaf: 1"});
}

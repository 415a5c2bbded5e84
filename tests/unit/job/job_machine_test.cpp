#include "job/job_machine.h"

#include <catch2/catch.hpp>

using namespace wharf;
using namespace wharf::job;
using namespace std::chrono_literals;

namespace {
const base::WallTime kMoment = base::from_millis(1'000'000);

Job job_that_is(JobStatus status) {
  Job job;
  job.id = base::JobId(7);
  job.status = status;
  return job;
}

/// Fails attempts until the policy gives up; gives the waits in seconds.
std::vector<long> waits(const RetryPolicy& policy, const AttemptFailed& failed) {
  std::vector<long> all;
  auto job = job_that_is(JobStatus::running);
  for (int i = 0; i < 2000; ++i) {
    const auto next = step(job, failed, policy, kMoment).value();
    if (next.status != JobStatus::incomplete) break;
    all.push_back(
        std::chrono::duration_cast<std::chrono::seconds>(*next.next_try - kMoment).count());
    job.retries = next.retries;
  }
  return all;
}
}  // namespace

TEST_CASE("a job goes from pending over running to succeeded") {
  CHECK(step(job_that_is(JobStatus::pending), AttemptStarted{}, {}, kMoment).value().status ==
        JobStatus::running);
  CHECK(step(job_that_is(JobStatus::running), AttemptSucceeded{}, {}, kMoment).value().status ==
        JobStatus::succeeded);
}

TEST_CASE(
    "a job whose attempt failed without progress is retried after 10, 30, 90, 270 s, then fails") {
  CHECK(waits({}, {}) == std::vector<long>{10, 30, 90, 270});
}

TEST_CASE("a job whose attempts make progress is retried at once, twenty times in all") {
  auto all = waits({}, {.progress = true});
  CHECK(all == std::vector<long>(19, 0));
}

TEST_CASE("the wait is never longer than half an hour") {
  RetryPolicy patient;
  patient.complete_successive_max = patient.complete_total_max = 50;
  CHECK(waits(patient, {}).back() == 1800);
}

TEST_CASE("progress starts the count of failures in a row anew, and the total goes on") {
  RetryPolicy policy;
  RetryCounters counters;
  for (int i = 0; i < 4; ++i) counters = count(policy, counters, {});
  counters = count(policy, counters, {.progress = true});
  CHECK(counters.complete_successive == 0);
  CHECK(counters.complete_total == 4);
  CHECK(next_delay(policy, count(policy, counters, {}), {}) == 10s);
}

TEST_CASE("a configuration error is never retried") {
  CHECK(waits({}, {.config_error = true}).empty());
}

TEST_CASE("F-57, F-58: a restart of our own costs nothing, five times in a row") {
  auto all = waits({}, {.by_restart = true});
  REQUIRE(all.size() >= 6);
  CHECK(std::vector<long>(all.begin(), all.begin() + 6) == std::vector<long>{0, 0, 0, 0, 0, 10});
  CHECK(all.size() == 9);  // then the normal rules
  CHECK(waits({}, {.progress = true, .by_restart = true}).size() == 2000);
}

TEST_CASE("a policy that tries nothing by itself keeps the job for when it is asked for") {
  RetryPolicy policy;
  policy.by_itself = false;
  for (const AttemptFailed& failed :
       {AttemptFailed{.config_error = true}, AttemptFailed{.progress = true, .by_restart = true}}) {
    auto next = step(job_that_is(JobStatus::running), failed, policy, kMoment).value();
    CHECK(next.status == JobStatus::incomplete);
    CHECK(next.next_try == kWhenAsked);
  }
  auto job = job_that_is(JobStatus::incomplete);
  CHECK(step(job, Asked{}, policy, kMoment).value().next_try == kMoment);
}

TEST_CASE("every pair of status and event is either a move, nothing, or a conflict") {
  const std::vector<JobEvent> events{AttemptStarted{}, AttemptSucceeded{}, AttemptFailed{},
                                     Cancelled{}, Asked{}};
  // rows: pending, running, incomplete, then the ends; s = a move, - = a conflict, . = nothing
  const std::vector<std::string> expected{"s--ss", "-sss-", "s--ss", ".....", ".....", "....."};
  int row = 0;
  for (auto status : {JobStatus::pending, JobStatus::running, JobStatus::incomplete,
                      JobStatus::succeeded, JobStatus::failed, JobStatus::cancelled}) {
    std::string moves;
    for (const auto& event : events) {
      auto next = step(job_that_is(status), event, {}, kMoment);
      if (!next)
        moves += '-';
      else
        moves += is_terminal(status) && next->status == status ? '.' : 's';
    }
    INFO(name_of(status));
    CHECK(moves == expected[static_cast<std::size_t>(row++)]);
  }
}

TEST_CASE("an illegal move says which job and what it is") {
  auto next = step(job_that_is(JobStatus::running), AttemptStarted{}, {}, kMoment);
  REQUIRE_FALSE(next.has_value());
  CHECK(next.error().message == "job 7 is running: it cannot start another attempt");
}

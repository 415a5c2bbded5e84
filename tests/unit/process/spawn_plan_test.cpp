#include <process/exit_status.h>
#include <process/process_identity.h>
#include <process/spawn_plan.h>
#include <unistd.h>

#include <catch2/catch.hpp>

using namespace wharf::process;

namespace {

SpawnPlan plan_of(std::vector<std::string> argv) {
  return {
      .argv = std::move(argv),
      .environment = {},
      .stdio = {.in = "/r/stdin", .out = "/r/stdout", .err = "/r/stderr", .control = "/r/control"},
      .working_directory = {},
      .limits = {},
      .umask = {}};
}

}  // namespace

TEST_CASE("the shim is told the FIFOs, then the program and its arguments as they are") {
  const auto plan = plan_of({"cat", "--stdin", "--", "x y"});
  CHECK(shim_arguments("/lib/shim", plan, std::nullopt) ==
        std::vector<std::string>{"/lib/shim", "--stdin", "/r/stdin", "--stdout", "/r/stdout",
                                 "--stderr", "/r/stderr", "--control", "/r/control", "--", "cat",
                                 "--stdin", "--", "x y"});
}

TEST_CASE("parent, umask, directory and limits are said only where the plan has them") {
  auto plan = plan_of({"cat"});
  plan.umask = 0;
  plan.working_directory = "/srv";
  plan.limits = {{"nofile", 1024}, {"core", 0}};
  const auto words = shim_arguments("shim", plan, 42);
  const std::vector<std::string> options(words.begin() + 9, words.end());
  CHECK(options == std::vector<std::string>{"--parent", "42", "--umask", "000", "--chdir", "/srv",
                                            "--rlimit", "nofile=1024", "--rlimit", "core=0", "--",
                                            "cat"});
}

TEST_CASE("an exit is described as an operator would say it") {
  CHECK(ExitStatus{.code = 3}.describe() == "exit code 3");
  CHECK(ExitStatus{.code = 137}.describe() == "killed by signal 9 (Killed)");
  CHECK(ExitStatus{.code = 137, .shim_lost = true}.describe() ==
        "its shim was killed by signal 9 (Killed)");
  CHECK(ExitStatus{.code = 0}.success());
  CHECK_FALSE(ExitStatus{.code = 0, .shim_lost = true}.success());
}

TEST_CASE("a pid counts only with its start time (F-55)") {
  const auto self = look_up(::getpid());
  REQUIRE(self);
  CHECK(self->group == ::getpgrp());
  CHECK(self->session == ::getsid(0));
  CHECK(stands({.pid = ::getpid(), .group = self->group, .start_time = self->start_time}));
  CHECK_FALSE(
      stands({.pid = ::getpid(), .group = self->group, .start_time = self->start_time + 1}));
  CHECK_FALSE(look_up(0x3fffffff));
}

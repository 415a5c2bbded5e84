#include <fcntl.h>
#include <fmt/format.h>
#include <process/child_process.h>
#include <process/line_stream.h>
#include <process/shim_image.h>
#include <process/signals.h>
#include <process/stdio_ends.h>
#include <process/watched_fd.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <optional>
#include <set>
#include <string>

#include "engine_fixture.h"

using namespace wharf;
using namespace wharf::process;
using namespace wharf::test;
using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace fs = std::filesystem;
using asio::awaitable;

namespace {

constexpr std::size_t kLineLimit = 64 * 1024;

std::map<std::string, std::string> plain_environment() {
  return {{"PATH", "/usr/local/bin:/usr/bin:/bin"}, {"LANG", "C.UTF-8"}};
}

/// FIFOs, shim and a plan for one child.
struct Ground {
  Engine engine;
  Scratch scratch;
  std::string shim;
  SpawnPlan plan;

  explicit Ground(std::vector<std::string> argv) {
    shim = install_shim(scratch.path / "data", "/nonexistent").value().string();
    plan.argv = std::move(argv);
    plan.environment = plain_environment();
    plan.stdio = {.in = scratch.path / "stdin",
                  .out = scratch.path / "stdout",
                  .err = scratch.path / "stderr",
                  .control = scratch.path / "control"};
    for (const auto& path : {plan.stdio.in, plan.stdio.out, plan.stdio.err, plan.stdio.control}) {
      REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    }
  }

  ChildProcess spawn() { return ChildProcess::spawn(engine.io.get_executor(), shim, plan).value(); }
};

std::vector<std::string> shell(const std::string& script) {
  return {"sh", "-c", script};
}

struct Ending {
  ExitStatus exit;
  std::string out;
  std::string err;
};

/// Runs a child whose output fits into its FIFOs.
Ending run_to_end(Ground& ground) {
  auto child = ground.spawn();
  auto out = child.take_stdout();
  auto err = child.take_stderr();
  const auto exit = ground.engine.run(child.exited());
  return {exit, drain(out), drain(err)};
}

bool group_is_gone(pid_t group) {
  return members_of(group).empty();
}
bool is_gone(pid_t pid) {
  return !look_up(pid);
}

std::size_t open_descriptors() {
  const fs::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

awaitable<std::string> first_line(LineStream& lines) {
  auto batch = co_await lines.next();
  co_return batch->lines.empty() ? std::string() : std::string(batch->lines.front());
}

awaitable<void> write_all(asio::any_io_executor executor, base::UniqueFd fd,
                          const std::string& bytes) {
  WatchedFd in(executor, std::move(fd));
  for (std::size_t at = 0; at < bytes.size();) {
    const auto count = ::write(in.get(), bytes.data() + at, bytes.size() - at);
    if (count > 0) at += static_cast<std::size_t>(count);
    if (count < 0) co_await in.writable();
  }
}

awaitable<std::string> read_all(asio::any_io_executor executor, base::UniqueFd fd) {
  WatchedFd out(executor, std::move(fd));
  std::string received, piece(65536, '\0');
  for (;;) {
    const auto count = ::read(out.get(), piece.data(), piece.size());
    if (count == 0) co_return received;
    if (count > 0) received.append(piece, 0, static_cast<std::size_t>(count));
    if (count < 0) co_await out.readable();
  }
}

awaitable<std::vector<std::size_t>> line_sizes(LineStream& lines) {
  std::vector<std::size_t> sizes;
  for (;;) {
    const auto batch = co_await lines.next();
    for (const auto line : batch.value().lines) sizes.push_back(line.size());
    if (batch->ended) co_return sizes;
  }
}

/// The shim as process 1 of a PID namespace, as in a container: nothing is its parent there.
struct FirstProcess {
  pid_t helper = -1;  ///< outside; ends with the shim's code
  pid_t shim = -1;    ///< seen from outside

  explicit FirstProcess(Ground& ground) {
    auto words = shim_arguments(ground.shim, ground.plan, std::nullopt);
    int tell[2];
    REQUIRE(::pipe2(tell, O_CLOEXEC) == 0);
    helper = ::fork();
    if (helper == 0) run(words, tell[1]);
    REQUIRE(::read(tell[0], &shim, sizeof shim) == sizeof shim);
    ::close(tell[0]);
    ::close(tell[1]);
  }

  int wait() const {
    int status = 0;
    ::waitpid(helper, &status, 0);
    return WEXITSTATUS(status);
  }

 private:
  [[noreturn]] static void run(std::vector<std::string>& words, int tell) {
    if (::unshare(CLONE_NEWPID) != 0) ::_exit(99);
    const pid_t first = ::fork();
    if (first == 0) {
      std::vector<char*> argv;
      for (auto& word : words) argv.push_back(word.data());
      argv.push_back(nullptr);
      ::execv(argv[0], argv.data());
      ::_exit(98);
    }
    int status = 0;
    if (::write(tell, &first, sizeof first) < 0) ::_exit(97);
    ::close_range(3, ~0u, 0);  // The daemon's ends of the FIFOs are the test's alone.
    ::waitpid(first, &status, 0);
    ::_exit(WEXITSTATUS(status));
  }
};

/// The next line of a FIFO.
std::string heard(Ground& ground, const base::UniqueFd& fd) {
  LineStream lines(ground.engine.io.get_executor(), base::UniqueFd(::dup(fd.get())), kLineLimit);
  return ground.engine.run(first_line(lines));
}

}  // namespace

// ---- exits

TEST_CASE("a child's exit code is its own") {
  Ground ground(shell("echo out; echo err >&2; exit 7"));
  const auto ending = run_to_end(ground);
  CHECK(ending.exit.code == 7);
  CHECK_FALSE(ending.exit.shim_lost);
  CHECK(ending.out == "out\n");
  CHECK(ending.err == "err\n");
}

TEST_CASE("a child ended by a signal has 128 and its number") {
  Ground ground(shell("kill -9 $$"));
  const auto ending = run_to_end(ground);
  CHECK(ending.exit.code == 137);
  CHECK_FALSE(ending.exit.shim_lost);
}

TEST_CASE("a program that is not there fails by name, with 127") {
  Ground ground({"/opt/none/source-none", "read"});
  auto child = ground.spawn();
  auto err = child.take_stderr();
  const auto launched = ground.engine.run(child.running());
  REQUIRE_FALSE(launched.has_value());
  CHECK(launched.error().code == ErrorCode::environment);
  CHECK(launched.error().message ==
        "cannot run '/opt/none/source-none': No such file or directory");
  CHECK(ground.engine.run(child.exited()).code == 127);
  CHECK(drain(err) == "wharf: cannot run '/opt/none/source-none': No such file or directory\n");
}

TEST_CASE("a working directory that is not there fails by name") {
  Ground ground({"true"});
  ground.plan.working_directory = "/nonexistent/place";
  auto child = ground.spawn();
  const auto launched = ground.engine.run(child.running());
  REQUIRE_FALSE(launched.has_value());
  CHECK(launched.error().message ==
        "cannot enter the working directory '/nonexistent/place': No such file or directory");
}

TEST_CASE("the shim's death takes the whole group with it and is told from an exit") {
  Ground ground(shell("sleep 1000 & wait"));
  auto child = ground.spawn();
  REQUIRE(ground.engine.run(child.running()).has_value());
  ::kill(child.identity().pid, SIGKILL);
  const auto exit = ground.engine.run(child.exited());
  CHECK(exit.shim_lost);
  CHECK(exit.code == 137);
  CHECK(comes_true([&] { return group_is_gone(child.identity().group); }));
}

TEST_CASE("a shim that cannot be executed is an error of the environment") {
  Ground ground({"true"});
  ground.shim = "/nonexistent/shim";
  const auto child = ChildProcess::spawn(ground.engine.io.get_executor(), ground.shim, ground.plan);
  REQUIRE_FALSE(child.has_value());
  CHECK(child.error().code == ErrorCode::environment);
}

// ---- stopping

TEST_CASE("a stop is one SIGTERM, and the child may end as it likes") {
  Ground ground(
      shell("trap 'echo term; n=$((n+1))' TERM; echo up; "
            "while [ -z \"$n\" ]; do sleep 0.02; done; sleep 0.1; exit 3"));
  auto child = ground.spawn();
  LineStream out(ground.engine.io.get_executor(), child.take_stdout(), kLineLimit);
  CHECK(ground.engine.run(first_line(out)) == "up");
  CHECK(ground.engine.run(child.stop(10s)).code == 3);
  out.finish();
  const auto rest = ground.engine.run(out.next());
  REQUIRE(rest.has_value());
  CHECK(rest->lines == std::vector<std::string_view>{"term"});
}

TEST_CASE("a child that ignores SIGTERM is gone when the grace is over (F-54)") {
  Ground ground(shell("trap '' TERM; echo up; while :; do sleep 0.05; done"));
  auto child = ground.spawn();
  LineStream out(ground.engine.io.get_executor(), child.take_stdout(), kLineLimit);
  CHECK(ground.engine.run(first_line(out)) == "up");
  const auto begun = std::chrono::steady_clock::now();
  const auto exit = ground.engine.run(child.stop(200ms));
  CHECK(exit.code == 137);
  CHECK_FALSE(exit.shim_lost);
  CHECK(std::chrono::steady_clock::now() - begun >= 200ms);
  CHECK(std::chrono::steady_clock::now() - begun < 2s);
  CHECK(comes_true([&] { return group_is_gone(child.identity().group); }));
}

TEST_CASE("a stop that comes before the program stands ends it all the same") {
  for (int round = 0; round < 30; ++round) {
    Ground ground({"sleep", "1000"});
    auto child = ground.spawn();
    CHECK(ground.engine.run(child.stop(5s)).code == 143);
  }
}

TEST_CASE("a stop of a stopped child does not wait for ever") {
  Ground ground(shell("echo $$; kill -STOP $$; echo never"));
  auto child = ground.spawn();
  LineStream out(ground.engine.io.get_executor(), child.take_stdout(), kLineLimit);
  const auto stat = fmt::format("/proc/{}/stat", ground.engine.run(first_line(out)));
  REQUIRE(comes_true([&] {
    std::ifstream file(stat);
    std::string pid, name, state;
    file >> pid >> name >> state;
    return state == "T";
  }));
  CHECK(ground.engine.run(child.stop(50ms)).code == 137);
}

TEST_CASE("a signal that somebody else sends to the shim reaches the child") {
  Ground ground(shell("trap 'echo usr1; exit 0' USR1; echo up; while :; do sleep 0.02; done"));
  auto child = ground.spawn();
  LineStream out(ground.engine.io.get_executor(), child.take_stdout(), kLineLimit);
  CHECK(ground.engine.run(first_line(out)) == "up");
  REQUIRE(std::system(fmt::format("kill -USR1 {}", child.identity().pid).c_str()) == 0);
  CHECK(ground.engine.run(first_line(out)) == "usr1");
  CHECK(ground.engine.run(child.exited()).code == 0);
}

TEST_CASE("a child that is dropped while it runs is killed") {
  Ground ground({"sleep", "1000"});
  pid_t group = 0;
  {
    auto child = ground.spawn();
    REQUIRE(ground.engine.run(child.running()).has_value());
    group = child.identity().group;
  }
  CHECK(comes_true([&] {
    ground.engine.io.restart();
    ground.engine.io.run_one_for(5ms);
    return group_is_gone(group);
  }));
}

// ---- descendants

TEST_CASE("a grandchild that holds stdout open neither outlives its parent nor holds up the end") {
  for (const char* leave : {"sleep 1000", "setsid sleep 1000", "setsid sh -c 'sleep 1000; true'"}) {
    Ground ground(shell(fmt::format("{} & echo $!; exit 4", leave)));
    auto child = ground.spawn();
    LineStream out(ground.engine.io.get_executor(), child.take_stdout(), kLineLimit);
    const auto begun = std::chrono::steady_clock::now();
    const pid_t grandchild = std::stoi(ground.engine.run(first_line(out)));
    CHECK(ground.engine.run(child.exited()).code == 4);
    CHECK(std::chrono::steady_clock::now() - begun < 2s);
    CHECK(is_gone(grandchild));
    out.finish();
    CHECK(ground.engine.run(out.next())->ended);
  }
}

TEST_CASE("kill -9 of the daemon ends shim and connector, one that ignores SIGTERM too (F-55)") {
  for (const char* script :
       {"echo $$; exec sleep 1000", "trap '' TERM; echo $$; while :; do sleep 0.05; done"}) {
    Ground ground(shell(script));
    int tell[2];
    REQUIRE(::pipe2(tell, O_CLOEXEC) == 0);
    const pid_t daemon = ::fork();  // No thread is about here; the copy only spawns and waits.
    if (daemon == 0) {
      Engine engine;
      auto child = ChildProcess::spawn(engine.io.get_executor(), ground.shim, ground.plan).value();
      LineStream out(engine.io.get_executor(), child.take_stdout(), kLineLimit);
      const auto line = fmt::format("{} {}\n", child.identity().pid, engine.run(first_line(out)));
      if (::write(tell[1], line.data(), line.size()) < 0) ::_exit(1);
      engine.run(child.exited());
      ::_exit(0);
    }
    char line[64] = {};
    REQUIRE(::read(tell[0], line, sizeof line - 1) > 0);
    int shim = 0, connector = 0;
    REQUIRE(std::sscanf(line, "%d %d", &shim, &connector) == 2);
    REQUIRE_FALSE(is_gone(connector));
    ::kill(daemon, SIGKILL);
    ::waitpid(daemon, nullptr, 0);
    CHECK(comes_true([&] { return is_gone(shim) && is_gone(connector); }, 5s));
    ::close(tell[0]);
    ::close(tell[1]);
  }
}

TEST_CASE("as process 1 of a container the shim forwards signals, reaps, and takes all with it") {
  if (::geteuid() != 0) return;  // Only root can make a PID namespace here.
  Ground ground(
      shell("trap 'echo term; exit 5' TERM; (setsid sleep 1000 & exit 0); "
            "sleep 1000 & echo $PPID; while :; do sleep 0.02; done"));
  const auto ends = open_stdio_ends(ground.plan.stdio).value();
  const FirstProcess first(ground);
  CHECK(heard(ground, ends.out) == "1");
  ::kill(first.shim,
         SIGTERM);  // As a stop of the container does: to process 1 alone, from outside.
  CHECK(heard(ground, ends.out) == "term");
  CHECK(first.wait() == 5);
  const auto said = drain(ends.control);
  CHECK(said.find("started 1 1 ") == 0);
  CHECK(said.find("exit 5\n") != std::string::npos);
}

TEST_CASE("as process 1 the shim kills all on demand, and still says how it ended") {
  if (::geteuid() != 0) return;
  Ground ground(shell("trap '' TERM; setsid sleep 1000 & echo here; while :; do sleep 0.02; done"));
  const auto ends = open_stdio_ends(ground.plan.stdio).value();
  const FirstProcess first(ground);
  CHECK(heard(ground, ends.out) == "here");
  ::kill(first.shim, SIGALRM);
  CHECK(first.wait() == 137);
  CHECK(drain(ends.control).find("exit 137\n") != std::string::npos);
}

TEST_CASE("as process 1 the shim ends with the daemon, which nothing else would tell it of") {
  if (::geteuid() != 0) return;
  const bool obeys = GENERATE(true, false);
  Ground ground(shell(std::string(obeys ? "trap 'exit 3' TERM" : "trap '' TERM") +
                      "; echo here; while :; do sleep 0.02; done"));
  auto ends = open_stdio_ends(ground.plan.stdio).value();
  const FirstProcess first(ground);
  CHECK(heard(ground, ends.out) == "here");
  ends.drop_spares();
  ends.control.reset();  // What a kill -9 of the daemon does.
  CHECK(first.wait() == (obeys ? 3 : 137));
}

// ---- stdio

TEST_CASE("10 MB go through stdin and stdout byte by byte") {
  Ground ground({"cat"});
  auto child = ground.spawn();
  const auto executor = ground.engine.io.get_executor();
  std::string sent(10 * 1024 * 1024, '\0');
  unsigned seed = 1;
  for (auto& byte : sent) byte = static_cast<char>((seed = seed * 1103515245U + 12345U) >> 16);
  REQUIRE(ground.engine.run(child.running()).has_value());
  asio::co_spawn(executor, write_all(executor, child.take_stdin(), sent), asio::detached);
  CHECK(ground.engine.run(read_all(executor, child.take_stdout())) == sent);
  CHECK(ground.engine.run(child.exited()).code == 0);
}

TEST_CASE("a writer learns at once that its reader has died, on either side (F-34)") {
  block_signals();
  Ground reader(shell("exec <&-; echo closed; sleep 1000"));
  auto child = reader.spawn();
  auto in = child.take_stdin();
  LineStream out(reader.engine.io.get_executor(), child.take_stdout(), kLineLimit);
  CHECK(reader.engine.run(first_line(out)) == "closed");
  CHECK(reader.engine.run(child.running()).has_value());  // The shim has let go of it as well.
  CHECK((::write(in.get(), "x", 1) < 0 && errno == EPIPE));

  Ground writer({"yes"});
  auto yes = writer.spawn();
  REQUIRE(writer.engine.run(yes.running()).has_value());
  yes.take_stdout().reset();
  CHECK(writer.engine.run(yes.exited()).code == 128 + SIGPIPE);
}

// ---- what a child is given

TEST_CASE("a child's environment is the built one and nothing else") {
  ::setenv("SECRET", "hunter2", 1);
  Ground ground({"env", "-0"});
  ground.plan.environment = {{"PATH", "/usr/bin:/bin"}, {"GREETING", "line\nbreak = kept"}};
  const auto ending = run_to_end(ground);
  ::unsetenv("SECRET");
  using namespace std::string_literals;
  CHECK(ending.out == "GREETING=line\nbreak = kept\0PATH=/usr/bin:/bin\0"s);
}

TEST_CASE("a program is looked up in the PATH of its own environment") {
  Ground ground({"greet"});
  const auto program = ground.scratch.path / "greet";
  std::ofstream(program) << "#!/bin/sh\necho hello\n";
  ::chmod(program.c_str(), 0755);
  ground.plan.environment = {{"PATH", ground.scratch.path.string()}};
  CHECK(run_to_end(ground).out == "hello\n");
}

TEST_CASE("a child has its three descriptors and no other of ours") {
  std::vector<base::UniqueFd> leaky;
  for (int i = 0; i < 20; ++i) leaky.emplace_back(::open("/dev/null", O_RDONLY));
  Ground ground(shell("cd /proc/$$/fd; echo *; readlink 0 1 2"));
  const auto ending = run_to_end(ground);
  // The fourth is the directory that the shell reads to answer.
  CHECK(ending.out == fmt::format("0 1 2 3\n{}\n{}\n{}\n", ground.plan.stdio.in.string(),
                                  ground.plan.stdio.out.string(), ground.plan.stdio.err.string()));
}

TEST_CASE("a child has no signal blocked or ignored, whatever its parent has") {
  block_signals();
  Ground ground({"sed", "-nE", "s/^Sig(Blk|Ign):\t//p", "/proc/self/status"});
  const auto out = run_to_end(ground).out;
  REQUIRE(out.size() == 34);
  CHECK(std::stoull(out.substr(0, 16), nullptr, 16) == 0);
  // glibc has every child it spawns ignore its own two, 32 and 33, which no program may use.
  CHECK((std::stoull(out.substr(17), nullptr, 16) & ~0x180000000ULL) == 0);
}

TEST_CASE("a child stands in its own session, away from the terminal's signals") {
  Ground ground(shell("cut -d' ' -f5,6 /proc/self/stat"));
  auto child = ground.spawn();
  auto out = child.take_stdout();
  ground.engine.run(child.exited());
  const auto id = child.identity().pid;
  CHECK(drain(out) == fmt::format("{} {}\n", id, id));
}

TEST_CASE("umask, working directory and limits are as planned") {
  Ground ground(shell("umask; pwd; ulimit -n; ulimit -c"));
  ground.plan.umask = 0;
  ground.plan.working_directory = "/usr";
  ground.plan.limits = {{"nofile", 77}, {"core", 0}};
  CHECK(run_to_end(ground).out == "0000\n/usr\n77\n0\n");
}

// ---- many

TEST_CASE("200 launches leave no descriptor behind and take milliseconds each") {
  Ground ground({"/bin/true"});
  run_to_end(ground);
  const auto before = open_descriptors();
  const auto begun = std::chrono::steady_clock::now();
  for (int i = 0; i < 200; ++i) CHECK(run_to_end(ground).exit.code == 0);
  const auto each = (std::chrono::steady_clock::now() - begun) / 200;
  CHECK(open_descriptors() == before);
  WARN("a launch of /bin/true, spawn to exit: " << each / 1us << " us");
}

// ---- lines

TEST_CASE("lines come whole, whatever pieces they are written in") {
  Engine engine;
  int pipe[2];
  REQUIRE(::pipe2(pipe, O_CLOEXEC) == 0);
  LineStream lines(engine.io.get_executor(), base::UniqueFd(pipe[0]), kLineLimit);
  base::UniqueFd writer(pipe[1]);
  auto say = [&](std::string_view text) {
    REQUIRE(::write(writer.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  };
  say("one\ntwo\n\nhal");
  auto batch = engine.run(lines.next());
  CHECK(batch->lines == std::vector<std::string_view>{"one", "two", ""});
  say("f\n");
  CHECK(engine.run(lines.next())->lines == std::vector<std::string_view>{"half"});
  say("torn");
  writer.reset();
  batch = engine.run(lines.next());
  CHECK(batch->lines == std::vector<std::string_view>{"torn"});
  CHECK(batch->unterminated);
  CHECK(batch->ended);
  CHECK(engine.run(lines.next())->ended);
}

TEST_CASE("a line over the limit fails by name, after the lines before it (F-09)") {
  for (const bool terminated : {true, false}) {
    Engine engine;
    int pipe[2];
    REQUIRE(::pipe2(pipe, O_CLOEXEC) == 0);
    LineStream lines(engine.io.get_executor(), base::UniqueFd(pipe[0]), 100);
    const base::UniqueFd writer(pipe[1]);
    const auto text =
        std::string(100, 'a') + "\n" + std::string(101, 'b') + (terminated ? "\nc\n" : "");
    REQUIRE(::write(writer.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    CHECK(engine.run(lines.next())->lines == std::vector<std::string_view>{std::string(100, 'a')});
    const auto refused = engine.run(lines.next());
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == ErrorCode::protocol_violation);
    CHECK(refused.error().message == "a line of more than 100 bytes");
    CHECK(engine.run(lines.next())->ended);
  }
}

TEST_CASE("a line of several megabytes comes as one") {
  Ground ground(shell("head -c 5000000 /dev/zero | tr '\\0' x; echo; echo end"));
  auto child = ground.spawn();
  LineStream out(ground.engine.io.get_executor(), child.take_stdout(), 8 * 1024 * 1024);
  const auto sizes = ground.engine.run(line_sizes(out));
  CHECK(sizes == std::vector<std::size_t>{5000000, 3});
}

TEST_CASE("nothing is read while nobody awaits lines") {
  Engine engine;
  int pipe[2];
  REQUIRE(::pipe2(pipe, O_CLOEXEC | O_NONBLOCK) == 0);
  LineStream lines(engine.io.get_executor(), base::UniqueFd(pipe[0]), kLineLimit);
  const base::UniqueFd writer(pipe[1]);
  const std::string line = std::string(1023, 'x') + "\n";
  std::size_t written = 0;
  while (::write(writer.get(), line.data(), line.size()) > 0) ++written;
  engine.io.restart();
  engine.io.run_for(20ms);
  CHECK(::write(writer.get(), line.data(), line.size()) < 0);
  std::size_t received = 0;
  while (received < written) received += engine.run(lines.next())->lines.size();
  CHECK(received == written);
}

// ---- the shim's place

TEST_CASE("the shim is written once, executable, and again if it was changed") {
  const Scratch scratch;
  const auto path = install_shim(scratch.path, "/nonexistent").value();
  CHECK(fs::file_size(path) == shim_bytes().size());
  CHECK(shim_bytes().size() < 100 * 1000);
  CHECK(path.parent_path().parent_path() == scratch.path / "lib");
  const auto written = fs::last_write_time(path);
  CHECK(install_shim(scratch.path, "/nonexistent").value() == path);
  CHECK(fs::last_write_time(path) == written);
  fs::resize_file(path, 10);
  CHECK(install_shim(scratch.path, "/nonexistent").value() == path);
  CHECK(fs::file_size(path) == shim_bytes().size());
}

TEST_CASE("a packaged shim is used if it is ours, byte by byte") {
  const Scratch scratch, package;
  const auto ours = install_shim(package.path, "/nonexistent").value();
  CHECK(install_shim(scratch.path, ours).value() == ours);
  fs::resize_file(ours, shim_bytes().size() - 1);
  CHECK(install_shim(scratch.path, ours).value() != ours);
}

TEST_CASE("a noexec mount is named") {
  if (::geteuid() != 0) return;  // Only root can make one.
  const Scratch scratch;
  REQUIRE(::mount("none", scratch.path.c_str(), "tmpfs", MS_NOEXEC, nullptr) == 0);
  const auto installed = install_shim(scratch.path / "data", "/nonexistent");
  ::umount(scratch.path.c_str());
  REQUIRE_FALSE(installed.has_value());
  CHECK(installed.error().code == ErrorCode::environment);
  CHECK(installed.error().message.find("'" + scratch.path.string() + "' is mounted noexec") == 0);
}

// ---- signals to ourselves

TEST_CASE("a blocked signal is heard on the executor") {
  block_signals();
  Engine engine;
  SignalStream signals(engine.io.get_executor());
  ::kill(::getpid(), SIGTERM);
  CHECK(engine.run(signals.next()) == SIGTERM);
  ::kill(::getpid(), SIGINT);
  CHECK(await_signal() == SIGINT);
}

// ---- without privileges

TEST_CASE("all of this holds for an unprivileged user too") {
  CHECK(test::holds_without_privileges("~all of this holds*"));
}

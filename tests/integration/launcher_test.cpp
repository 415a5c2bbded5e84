#include <fmt/format.h>
#include <launcher/orphan_sweeper.h>
#include <launcher/process_launcher.h>
#include <process/line_stream.h>
#include <process/shim_image.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <iterator>
#include <set>

#include "engine_fixture.h"

using namespace wharf;
using namespace wharf::launcher;
using namespace wharf::test;
using workload::RunDirectory;
using workload::Side;
using workload::Verb;
using workload::Workload;

namespace {

/// A private place for runs, the shim, and a launcher whose own executable says how it was called.
struct Ground {
  Engine engine;
  Scratch scratch;
  fs::path runs = workload::ensure_private_directory(scratch.path / "runs").value();
  RunDirectory run = RunDirectory::create(runs).value();
  std::unique_ptr<ProcessLauncher> launcher;

  Ground() {
    const auto executable = scratch.path / "wharf";
    std::ofstream(executable) << "#!/bin/sh\nprintf '%s\\n' \"$@\"\n";
    REQUIRE(::chmod(executable.c_str(), 0755) == 0);
    launcher = std::make_unique<ProcessLauncher>(ProcessLauncher::Settings{
        .shim = process::install_shim(scratch.path / "data", "/nonexistent").value(),
        .executable = executable,
        .version = "1.2.3",
        .host = {{"PATH", "/usr/local/bin:/usr/bin:/bin"}, {"TZ", "Europe/Bern"}}});
  }

  std::unique_ptr<RunningConnector> launch(const Workload& workload) {
    return launcher->launch(engine.io.get_executor(), workload, run).value();
  }

  /// Runs a workload whose output fits into its FIFO.
  std::string output_of(const Workload& workload) {
    const auto connector = launch(workload);
    const auto out = connector->take_stdout();
    CHECK(engine.run(connector->exited()).code == 0);
    return drain(out);
  }
};

Workload command(std::vector<std::string> argv) {
  Workload workload;
  workload.side = Side::source;
  workload.verb = Verb::read;
  workload.program =
      definition::Command{.argv = std::move(argv), .environment = {}, .working_directory = {}};
  workload.files = {{"connectorConfig.json", "{}"}, {"catalog.json", "{\"streams\":[]}"}};
  return workload;
}

Workload script(const std::string& text) {
  return command({"sh", "-c", text, "connector"});
}

std::string slurp(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

mode_t mode_of(const fs::path& path) {
  struct stat status{};
  REQUIRE(::lstat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

/// A process that nobody waits for: its parent has gone. Leads its own session, as a shim does.
process::ProcessIdentity orphan(const std::string& text) {
  int tell[2];
  REQUIRE(::pipe(tell) == 0);
  const pid_t between = ::fork();
  if (between == 0) {
    if (::fork() != 0) ::_exit(0);
    ::setsid();
    ::dup2(tell[1], 1);
    ::execl("/bin/sh", "sh", "-c", text.c_str(), nullptr);
    ::_exit(127);
  }
  ::waitpid(between, nullptr, 0);
  char line[32] = {};
  REQUIRE(::read(tell[0], line, sizeof line - 1) > 0);
  ::close(tell[0]);
  ::close(tell[1]);
  const pid_t pid = std::stoi(line);
  const auto status = process::look_up(pid);
  return {.pid = pid, .group = pid, .start_time = status ? status->start_time : 0};
}

}  // namespace

// ---- launching

TEST_CASE("a built-in is ourselves, with the connector's name, the verb and its files") {
  Ground ground;
  Workload workload;
  workload.side = Side::source;
  workload.verb = Verb::read;
  workload.program = definition::Builtin{"source-faker"};
  workload.files = {
      {"connectorConfig.json", "{}"}, {"catalog.json", "{}"}, {"inputState.json", "[]"}};
  const auto directory = (ground.run.path() / "source").string();
  CHECK(ground.output_of(workload) ==
        fmt::format("connector\nsource-faker\nread\n--config\n{0}/connectorConfig.json\n--catalog\n"
                    "{0}/catalog.json\n--state\n{0}/inputState.json\n",
                    directory));
}

TEST_CASE("a command gets the same words, in a directory of its own, and finds its files") {
  Ground ground;
  auto workload = script("echo \"$@\"; pwd; cat \"$3\"");
  workload.side = Side::destination;
  workload.verb = Verb::write;
  workload.files["connectorConfig.json"] = "{\"password\":\"x\"}";
  const auto directory = (ground.run.path() / "dest").string();
  CHECK(ground.output_of(workload) ==
        fmt::format("write --config {0}/connectorConfig.json --catalog {0}/catalog.json\n{0}\n"
                    "{{\"password\":\"x\"}}",
                    directory));
}

TEST_CASE("a command's working directory is the declared one") {
  Ground ground;
  auto workload = script("pwd");
  std::get<definition::Command>(workload.program).working_directory = "/usr";
  CHECK(ground.output_of(workload) == "/usr\n");
}

TEST_CASE("a connector's environment is exactly the built one") {
  ::setenv("SECRET", "hunter2", 1);
  Ground ground;
  auto workload = script("cat /proc/$$/environ | tr '\\0' '\\n'");
  auto& program = std::get<definition::Command>(workload.program);
  program.environment = {{"API_HOST", "localhost"}, {"WHARF_CONTEXT", "/etc/passwd"}};
  workload.attempt = base::AttemptId{base::JobId{12}, 3};
  workload.files["wharf.json"] = "{}";
  workload.channel = workload::DataChannel{.medium = workload::Medium::socket,
                                           .form = record::WireForm::protobuf,
                                           .socket_paths = ground.run.socket_paths(2).value()};
  const auto run = ground.run.path().string();
  const auto output = ground.output_of(workload);
  ::unsetenv("SECRET");
  CHECK(output == fmt::format("AIRBYTE_EDITION=COMMUNITY\n"
                              "AIRBYTE_ENABLE_UNSAFE_CODE=false\n"
                              "AIRBYTE_VERSION=1.2.3\n"
                              "API_HOST=localhost\n"
                              "CONCURRENT_SOURCE_STREAM_READ=false\n"
                              "DATA_CHANNEL_FORMAT=PROTOBUF\n"
                              "DATA_CHANNEL_MEDIUM=SOCKET\n"
                              "DATA_CHANNEL_SOCKET_PATHS={0}/s/airbyte_socket_1.sock,"
                              "{0}/s/airbyte_socket_2.sock\n"
                              "DEPLOYMENT_MODE=OSS\n"
                              "JAVA_OPTS=-XX:+ExitOnOutOfMemoryError\n"
                              "LOG_LEVEL=INFO\n"
                              "PATH=/usr/local/bin:/usr/bin:/bin\n"
                              "TZ=Europe/Bern\n"
                              "USE_FILE_TRANSFER=false\n"
                              "USE_STREAM_CAPABLE_STATE=true\n"
                              "WHARF_CONTEXT={0}/source/wharf.json\n"
                              "WORKER_CONNECTOR_IMAGE=local/sh:command\n"
                              "WORKER_JOB_ATTEMPT=3\n"
                              "WORKER_JOB_ID=12\n",
                              run));
}

TEST_CASE("on stdio the data channel is JSON lines, and a question has none") {
  Workload workload = command({"x"});
  workload.channel = workload::DataChannel{
      .medium = workload::Medium::stdio, .form = record::WireForm::protobuf, .socket_paths = {}};
  auto environment = build_environment(workload, {}, "1", "/r/source");
  CHECK(environment["DATA_CHANNEL_MEDIUM"] == "STDIO");
  CHECK(environment["DATA_CHANNEL_FORMAT"] == "JSONL");
  CHECK_FALSE(environment.contains("DATA_CHANNEL_SOCKET_PATHS"));

  workload.channel.reset();
  workload.verb = Verb::check;
  environment = build_environment(workload, {}, "1", "/r/config");
  CHECK(environment["OPERATION_TYPE"] == "check");
  CHECK_FALSE(environment.contains("DATA_CHANNEL_MEDIUM"));
  CHECK_FALSE(environment.contains("WORKER_JOB_ID"));
}

TEST_CASE("a destination is told where its namespace mapping stands") {
  Workload workload = command({"x"});
  workload.files["namespace-mapping.json"] = "{}";
  const auto environment = build_environment(workload, {}, "1", "/r/dest");
  CHECK(environment.at("NAMESPACE_MAPPING_CONFIG_PATH") == "/r/dest/namespace-mapping.json");
  CHECK_FALSE(environment.contains("WHARF_CONTEXT"));
}

TEST_CASE("a command that is not there is the side's failure, by name") {
  Ground ground;
  auto workload = command({"source-none"});
  const auto connector = ground.launch(workload);
  const auto started = ground.engine.run(connector->started());
  REQUIRE_FALSE(started.has_value());
  CHECK(started.error().origin == Origin::source);
  CHECK(started.error().message ==
        "while starting the command 'source-none': cannot run "
        "'source-none': No such file or directory");
  CHECK(ground.engine.run(connector->exited()).code == 127);
}

TEST_CASE("a connector started again in the same run finds nothing of the one before") {
  Ground ground;
  auto workload = script("ls -A; touch left-behind");
  workload.files["wharf.json"] = "{}";
  const auto first = ground.output_of(workload);
  CHECK(first ==
        "catalog.json\nconnectorConfig.json\ncontrol\nstderr\nstdin\nstdout\nwharf.json\n");
  CHECK(ground.output_of(workload) == first);
}

TEST_CASE("both sides of an attempt stand in one run directory") {
  Ground ground;
  auto source = script("exec cat");
  auto destination = script("exec cat");
  destination.side = Side::destination;
  destination.verb = Verb::write;
  const auto left = ground.launch(source);
  const auto right = ground.launch(destination);
  CHECK(ground.engine.run(left->started()).has_value());
  CHECK(ground.engine.run(right->started()).has_value());
  left->take_stdin().reset();
  CHECK(ground.engine.run(left->exited()).code == 0);
  CHECK(ground.engine.run(right->stop(5s)).code == 143);
}

// ---- run directories

TEST_CASE(
    "what stands in a run directory is open to any uid, whatever the umask; the parent is the "
    "lock") {
  const auto umask = ::umask(077);
  Ground ground;
  const auto side = ground.run.prepare("dest", {{"catalog.json", "{}"}}).value();
  ::umask(umask);
  CHECK(mode_of(ground.runs) == 0700);
  CHECK(mode_of(ground.run.path()) == 0755);
  CHECK(mode_of(side.path) == 0777);
  CHECK(mode_of(side.path / "catalog.json") == 0644);
  CHECK(mode_of(side.control()) == 0666);
  CHECK(mode_of(ground.run.path() / "s") == 0777);
  CHECK(ground.run.path().filename().string().size() == 8);
}

TEST_CASE("a run directory goes with its owner, and follows no symlink on the way") {
  Scratch scratch;
  const auto runs = workload::ensure_private_directory(scratch.path / "runs").value();
  std::ofstream(scratch.path / "precious") << "kept";
  fs::create_directory(scratch.path / "dear");
  std::ofstream(scratch.path / "dear" / "file") << "kept";
  {
    const auto run = RunDirectory::create(runs).value();
    const auto side = run.prepare("source", {}).value();
    fs::create_symlink(scratch.path / "precious", side.path / "link");
    fs::create_directory_symlink(scratch.path / "dear", side.path / "linked");
    fs::create_directories(side.path / "deep" / "er");
  }
  CHECK(fs::is_empty(runs));
  CHECK(slurp(scratch.path / "precious") == "kept");
  CHECK(slurp(scratch.path / "dear" / "file") == "kept");
}

TEST_CASE("a sweep removes what dead owners left, and leaves a living one's alone (F-65, F-66)") {
  Scratch scratch;
  const auto runs = workload::ensure_private_directory(scratch.path / "runs").value();
  const auto ours = RunDirectory::create(runs).value();
  int tell[2];
  REQUIRE(::pipe(tell) == 0);
  const pid_t other = ::fork();
  if (other == 0) {
    const auto theirs = RunDirectory::create(runs).value();
    const auto side = theirs.prepare("source", {{"catalog.json", "{}"}});
    if (::write(tell[1], side ? "y" : "n", 1) != 1) ::_exit(1);
    ::pause();
  }
  char answer = 0;
  REQUIRE(::read(tell[0], &answer, 1) == 1);
  REQUIRE(answer == 'y');
  fs::create_directory(runs / "not-a-run");
  CHECK(workload::sweep_stale_runs(runs).value() == 0);
  ::kill(other, SIGKILL);
  ::waitpid(other, nullptr, 0);
  CHECK(workload::sweep_stale_runs(runs).value() == 1);
  CHECK(fs::exists(ours.path() / "owner"));
  CHECK(fs::exists(runs / "not-a-run"));
  ::close(tell[0]);
  ::close(tell[1]);
}

TEST_CASE("a place for runs that others could enter, or that is a symlink, is refused by name") {
  Scratch scratch;
  const auto open = scratch.path / "open";
  fs::create_directory(open);
  REQUIRE(::chmod(open.c_str(), 0755) == 0);
  auto refused = workload::ensure_private_directory(open);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::environment);
  CHECK(refused.error().message.find(open.string()) != std::string::npos);

  fs::create_directory_symlink(scratch.path, scratch.path / "link");
  CHECK_FALSE(workload::ensure_private_directory(scratch.path / "link").has_value());
  CHECK_FALSE(workload::ensure_private_directory("/etc").has_value());
  CHECK(workload::find_runs_directory().has_value());
}

TEST_CASE("a socket's path beyond 107 bytes is refused before anything starts") {
  Scratch scratch;
  const auto runs = workload::ensure_private_directory(scratch.path / std::string(80, 'x')).value();
  const auto run = RunDirectory::create(runs).value();
  const auto paths = run.socket_paths(1);
  REQUIRE_FALSE(paths.has_value());
  CHECK(paths.error().code == ErrorCode::environment);
  CHECK(paths.error().message.find("107 bytes") != std::string::npos);
}

TEST_CASE("names that would leave the directory are no names of files") {
  Ground ground;
  for (const char* name : {"../escape", "/etc/passwd", "", ".hidden", "a/b"}) {
    CHECK_FALSE(ground.run.prepare("source", {{name, "x"}}).has_value());
  }
}

// ---- orphans

TEST_CASE("an orphan is ended and proved gone, and so are its children (F-55)") {
  for (const char* text : {"echo $$; exec sleep 1000", "trap '' TERM; echo $$; sleep 1000 & wait",
                           "sleep 1000 >&- & echo $$"}) {
    const auto recorded = orphan(text);
    REQUIRE(end_orphans(std::vector{recorded}, 5s).has_value());
    CHECK(process::members_of(recorded.group).empty());
  }
}

TEST_CASE("a process that has an orphan's pid by now is left alone (F-55)") {
  auto recorded = orphan("echo $$; exec sleep 1000");
  recorded.start_time += 1;
  CHECK(end_orphans(std::vector{recorded}, 5s).has_value());
  CHECK(process::look_up(recorded.pid).has_value());
  recorded.start_time -= 1;
  CHECK(end_orphans(std::vector{recorded}, 5s).has_value());
  CHECK(end_orphans(std::vector{process::ProcessIdentity{}}, 5s).has_value());
}

// ---- without privileges

TEST_CASE("all of this holds for an unprivileged user too") {
  CHECK(test::holds_without_privileges("~all of this holds*"));
}

// Against a real engine: a dockerd or a podman of the tests' own (tests/docker/engine.sh), whose
// socket WHARF_TEST_ENGINE names by the variable that has it: WHARF_TEST_DOCKER or
// WHARF_TEST_PODMAN.

#include <docker/engine_address.h>
#include <docker/engine_client.h>
#include <docker/registry_logins.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>

#include "engine_fixture.h"

using namespace wharf;
using namespace wharf::docker;
using namespace wharf::test;

namespace {

std::string needed(const char* name) {
  const char* const value = std::getenv(name);
  if (value == nullptr || *value == '\0') {
    throw std::runtime_error(
        fmt::format("{} is not set: tests/docker/engine.sh starts engines and "
                    "says where they are",
                    name));
  }
  return value;
}

std::string file_text(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Names of this run, so that runs beside each other do not meet.
const std::string& own() {
  static const std::string name = fmt::format("wharf-{}", ::getpid());
  return name;
}

std::string image_name(std::string_view what) {
  return fmt::format("docker.io/wharf/{}-{}:1", what, ::getpid());
}

std::string sha256(const std::string& bytes) {
  Scratch scratch;
  const auto place = scratch.path.string();
  std::ofstream(place + "/bytes", std::ios::binary) << bytes;
  REQUIRE(std::system(fmt::format("sha256sum <{0}/bytes >{0}/sum", place).c_str()) == 0);
  return file_text(place + "/sum").substr(0, 64);
}

/// An engine, what it is asked with, and an end that removes what a test made.
class Harbour {
 public:
  Harbour() : client_(connect()), shell(image_name("shell")) {
    static const bool imported = import_shell();
    REQUIRE(imported);
  }
  ~Harbour() {
    auto all = ask(client_->list({{"label", {"wharf.test=" + own()}}}));
    if (!all) return;  // The test fails already.
    for (const auto& one : *all) ask(client_->remove(one.id, {.force = true, .volumes = true}));
  }

  template <class T>
  EngineResult<T> ask(awaitable<EngineResult<T>> work, std::chrono::seconds limit = 30s) {
    auto kept =
        [](awaitable<EngineResult<T>> wrapped) -> awaitable<std::shared_ptr<EngineResult<T>>> {
      auto result = co_await std::move(wrapped);
      co_return std::make_shared<EngineResult<T>>(std::move(result));
    };
    return std::move(*engine.run(kept(std::move(work)), limit));
  }

  const EngineClient& client() const { return *client_; }
  bool podman() const { return needed("WHARF_TEST_ENGINE") == "WHARF_TEST_PODMAN"; }

  /// A plan that runs a line of the shell.
  ContainerPlan plan(std::string line) const {
    return {.name = fmt::format("{}-{}", own(), ++count_),
            .image = shell,
            .entrypoint = {"/bin/busybox", "sh", "-c", std::move(line)},
            .labels = {{"wharf.test", own()}},
            .network = "none"};
  }
  std::string made(const ContainerPlan& plan) { return ask(client_->create(plan)).value(); }
  std::string started(const ContainerPlan& plan) {
    auto id = made(plan);
    ask(client_->start(id)).value();
    return id;
  }

  /// Makes an image of a root file system, as `docker import` would.
  EngineResult<void> import(const std::string& name, const std::vector<ArchiveFile>& files,
                            const std::vector<std::string>& changes) {
    std::string target = "/v1.41/images/create?fromSrc=-&repo=" + name;
    for (const auto& change : changes) target += "&changes=" + escaped(change);
    return lines_of({.method = "POST",
                     .target = target,
                     .content_type = "application/x-tar",
                     .body = tar_of(files).value()});
  }

  /// Makes an image without a file for a processor, as `docker load` would.
  EngineResult<void> load(const std::string& name, const std::string& architecture) {
    const auto layer = tar_of(std::vector<ArchiveFile>{{.name = "etc/", .mode = 0755}}).value();
    const auto config = fmt::format(
        R"({{"architecture":"{}","os":"linux","config":{{"Cmd":["/x"]}},)"
        R"("rootfs":{{"type":"layers","diff_ids":["sha256:{}"]}},"history":[{{"created_by":"x"}}]}})",
        architecture, sha256(layer));
    const auto config_name = sha256(config) + ".json";
    const std::vector<ArchiveFile> files = {
        {.name = config_name, .bytes = config},
        {.name = "layer.tar", .bytes = layer},
        {.name = "manifest.json",
         .bytes = fmt::format(R"([{{"Config":"{}","RepoTags":["{}"],"Layers":["layer.tar"]}}])",
                              config_name, name)}};
    return lines_of({.method = "POST",
                     .target = "/v1.41/images/load",
                     .content_type = "application/x-tar",
                     .body = tar_of(files).value()});
  }

  /// With all of its names.
  void remove_image(const std::string& name) {
    const UnixHttp http(client_->socket());
    auto removed =
        ask(http.ask({.method = "DELETE", .target = "/v1.41/images/" + name + "?force=true"}));
    REQUIRE(removed.value().status == 200);
  }

  /// To a registry, under a name that says which.
  EngineResult<void> push(const std::string& from, const std::string& to) {
    const auto colon = to.rfind(':');
    const UnixHttp http(client_->socket());
    auto tagged = ask(http.ask({.method = "POST",
                                .target = fmt::format("/v1.41/images/{}/tag?repo={}&tag={}", from,
                                                      to.substr(0, colon), to.substr(colon + 1))}));
    REQUIRE(tagged.value().status == 201);
    return lines_of({.method = "POST",
                     .target = fmt::format("/v1.41/images/{}/push?tag={}", to.substr(0, colon),
                                           to.substr(colon + 1)),
                     .headers = {{"X-Registry-Auth", "e30="}}});
  }

  Engine engine;

 private:
  std::unique_ptr<EngineClient> connect() {
    const auto host = needed(needed("WHARF_TEST_ENGINE").c_str());
    const auto socket = engine_socket(host).value();
    return std::make_unique<EngineClient>(ask(EngineClient::connect(socket)).value());
  }

  bool import_shell() {
    const auto imported =
        import(shell,
               {{.name = "bin/", .mode = 0755},
                {.name = "bin/busybox", .mode = 0755, .bytes = file_text("/bin/busybox")},
                {.name = "not-a-program",
                 .mode = 0755,
                 .bytes = "\x7f"
                          "ELFnot"},
                {.name = "tmp/", .mode = 01777},
                {.name = "in/", .mode = 0755},
                {.name = "out/", .mode = 0777}},
               {R"(ENTRYPOINT ["/bin/busybox","echo"])", R"(CMD ["hello"])", "ENV PATH=/bin",
                "ENV AIRBYTE_ENTRYPOINT=/bin/busybox", "LABEL io.airbyte.version=1.2.3",
                "USER 1000", "WORKDIR /tmp"});
    if (!imported) FAIL(imported.error().message);
    return true;
  }

  static std::string escaped(const std::string& text) {
    std::string all;
    for (const char c : text) all += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    return all;
  }

  EngineResult<void> lines_of(HttpRequest request) {
    const UnixHttp http(client_->socket());
    auto lines = ask(http.open_lines(std::move(request)));
    if (!lines) return lines.error();
    if (lines->refusal()) return EngineError{EngineFault::failed, lines->refusal()->body};
    while (true) {
      auto line = ask(lines->next());
      if (!line) return line.error();
      if (!*line) return {};
      if ((*line)->find("\"error\"") != std::string::npos)
        return EngineError{EngineFault::failed, **line};
    }
  }

  std::unique_ptr<EngineClient> client_;
  mutable int count_ = 0;

 public:
  const std::string shell;
};

}  // namespace

TEST_CASE("the engine answers, and says what it is") {
  Harbour harbour;
  CHECK(harbour.client().api_version() >= kOldestApi);
  CHECK(harbour.ask(harbour.client().ping()).has_value());
  const auto info = harbour.ask(harbour.client().info()).value();
  CHECK(info.os == "linux");
  CHECK(info.processors > 0);
  CHECK(info.memory_bytes > 0);
  CHECK_FALSE(info.version.empty());
  CHECK(info.default_runtime == "runc");
  CHECK_FALSE(info.cgroup_version.empty());
  CHECK_FALSE(info.rootless);
  CHECK(check_usable(info).has_value());
  CHECK(
      check_platform(harbour.ask(harbour.client().image(harbour.shell)).value(), info).has_value());
}

TEST_CASE("an image says what it would run") {
  Harbour harbour;
  const auto image = harbour.ask(harbour.client().image(harbour.shell)).value();
  CHECK(image.id.starts_with("sha256:"));
  CHECK(image.entrypoint == std::vector<std::string>{"/bin/busybox", "echo"});
  CHECK(image.command == std::vector<std::string>{"hello"});
  CHECK(image.environment.at("AIRBYTE_ENTRYPOINT") == "/bin/busybox");
  CHECK(image.labels.at("io.airbyte.version") == "1.2.3");
  CHECK(image.user == "1000");
  CHECK(image.working_directory == "/tmp");
  CHECK(image.os == "linux");
  CHECK(harbour.ask(harbour.client().image(image.id)).value().id == image.id);
}

TEST_CASE("an image that is not here is not found, and nothing is pulled for it") {
  Harbour harbour;
  const auto inspected = harbour.ask(harbour.client().image("docker.io/wharf/nope:1"));
  CHECK(inspected.error().fault == EngineFault::image_not_found);
  auto plan = harbour.plan("true");
  plan.image = "docker.io/wharf/nope:1";
  const auto created = harbour.ask(harbour.client().create(plan));
  INFO(created.error().message);
  CHECK(created.error().fault == EngineFault::image_not_found);
  CHECK(created.error().message.find("wharf/nope") != std::string::npos);
}

TEST_CASE("a container is what its plan says") {
  Harbour harbour;
  Scratch scratch;
  const auto fifo = (scratch.path / "fifo").string();
  const auto file = (scratch.path / "file").string();
  REQUIRE(::mkfifo(fifo.c_str(), 0666) == 0);
  REQUIRE(::chmod(fifo.c_str(), 0666) == 0);
  std::ofstream(file) << "bound";
  const base::UniqueFd reading(::open(fifo.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
  auto plan = harbour.plan(
      "busybox cat /in/file /in/put/put.txt; echo; id -u; id -g; pwd; echo \"$A\"; ulimit -n;"
      "grep -c NoNewPrivs:.1 /proc/self/status; grep CapBnd /proc/self/status;"
      "(echo x >/in/file) 2>/dev/null && echo written; (echo x >/root-file) 2>/dev/null && echo "
      "root;"
      "echo x >/scratch/y && grep -c ' /scratch tmpfs' /proc/mounts; ip link | grep -c ^[0-9];"
      "grep -c 10.1.2.3 /etc/hosts; echo end");
  plan.entrypoint = {"/bin/busybox", "sh", "-c", "exec >/out/fifo; . /in/put/path; eval \"$0\"",
                     plan.entrypoint.back()};
  plan.command = {};
  plan.working_directory = "/out";
  plan.environment = {{"A", "b=c d"}};
  plan.user = "1234:4321";
  plan.binds = {{file, "/in/file", true}, {fifo, "/out/fifo", false}};
  plan.tmpfs = {{"/scratch", "rw,mode=1777"}};
  plan.memory_bytes = 64 << 20;
  plan.nano_cpus = 500'000'000;
  plan.pids = 50;
  plan.dropped_capabilities = {"ALL"};
  plan.security = {"no-new-privileges"};
  // Podman raises those limits that a plan with some does not name, which is not allowed
  // everywhere.
  plan.ulimits = {{"nofile", 256, 512}, {"nproc", 1000, 1000}};
  const auto id = harbour.made(plan);
  const std::vector<ArchiveFile> files = {
      {.name = "put/", .mode = 0755},
      {.name = "put/path",
       .mode = 0644,
       .bytes = "PATH=/bin; alias id='busybox id' grep='busybox grep' ip='busybox ip'\n"},
      {.name = "put/put.txt", .mode = 0400, .uid = 1234, .gid = 4321, .bytes = " put"}};
  harbour.ask(harbour.client().put_files(id, "/in", files)).value();
  const auto before = harbour.ask(harbour.client().inspect(id)).value();
  CHECK(before.status == "created");
  CHECK_FALSE(before.running);
  harbour.ask(harbour.client().start(id)).value();
  CHECK(harbour.ask(harbour.client().wait(id)).value() == 0);
  const auto said = drain(reading);
  CHECK(said ==
        "bound put\n1234\n4321\n/out\nb=c d\n256\n1\nCapBnd:\t0000000000000000\n1\n1\n0\nend\n");
  const auto after = harbour.ask(harbour.client().inspect(id)).value();
  CHECK(after.name == plan.name);
  CHECK(after.status == "exited");
  CHECK(after.exit_code == 0);
  CHECK(after.pid == 0);
  CHECK(after.labels.at("wharf.test") == own());
  CHECK(after.started_at > "2020");
  CHECK(after.finished_at >= after.started_at);
}

TEST_CASE("a bind whose source is missing is refused, and not made") {
  Harbour harbour;
  if (harbour.podman()) return;  // Podman 4.3 makes a directory of it.
  Scratch scratch;
  const auto missing = (scratch.path / "missing").string();
  auto plan = harbour.plan("true");
  plan.binds = {{missing, "/in/x", true}};
  const auto made = harbour.ask(harbour.client().create(plan));
  REQUIRE(made.has_error());
  INFO(made.error().message);
  CHECK(made.error().fault == EngineFault::refused);
  CHECK(made.error().message.find(missing) != std::string::npos);
  CHECK_FALSE(fs::exists(missing));
}

TEST_CASE("a container's end is its exit code, waited for or asked after") {
  Harbour harbour;
  const auto id = harbour.started(harbour.plan("exit 3"));
  CHECK(harbour.ask(harbour.client().wait(id)).value() == 3);
  CHECK(harbour.ask(harbour.client().wait(id)).value() == 3);
  CHECK(harbour.ask(harbour.client().inspect(id)).value().exit_code == 3);
  CHECK(harbour.ask(harbour.client().stop(id, 1s)).has_value());
  const auto killed = harbour.ask(harbour.client().kill(id, "SIGKILL"));
  INFO(killed.error().message);
  CHECK(name_of(killed.error().fault) == "conflict");
}

TEST_CASE("a stop asks, waits for its grace, and kills") {
  Harbour harbour;
  const auto polite = harbour.started(harbour.plan("trap 'exit 7' TERM; while :; do :; done"));
  const auto stubborn = harbour.started(harbour.plan("trap '' TERM; while :; do :; done"));
  harbour.ask(harbour.client().start(polite)).value();
  const auto state = harbour.ask(harbour.client().inspect(polite)).value();
  CHECK(state.running);
  CHECK(state.pid > 1);
  ::usleep(300'000);
  harbour.ask(harbour.client().stop(polite, 10s)).value();
  CHECK(harbour.ask(harbour.client().inspect(polite)).value().exit_code == 7);
  harbour.ask(harbour.client().stop(stubborn, 1s)).value();
  CHECK(harbour.ask(harbour.client().inspect(stubborn)).value().exit_code == 137);
}

TEST_CASE("a killed container's end is told to who waits") {
  Harbour harbour;
  const auto id = harbour.started(harbour.plan("while :; do busybox sleep 1; done"));
  auto killed = [&]() -> awaitable<bool> {
    asio::steady_timer timer(co_await asio::this_coro::executor, 200ms);
    co_await timer.async_wait(asio::use_awaitable);
    auto killing = harbour.client().kill(id, "SIGKILL");
    auto result = co_await std::move(killing);
    co_return result.has_value();
  };
  auto both = [&]() -> awaitable<int> {
    using namespace asio::experimental::awaitable_operators;
    auto waiting = harbour.client().wait(id);
    auto killing = killed();
    auto [code, done] = co_await (std::move(waiting) && std::move(killing));
    co_return done ? code.value() : -1;
  };
  CHECK(harbour.engine.run(both()) == 137);
}

TEST_CASE("who stops waiting for a container hangs up, and the container runs on") {
  Harbour harbour;
  const auto id = harbour.started(harbour.plan("while :; do busybox sleep 1; done"));
  const auto descriptors = [] {
    return std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator());
  };
  const auto before = descriptors();
  auto race = [&]() -> awaitable<bool> {
    using namespace asio::experimental::awaitable_operators;
    asio::steady_timer timer(co_await asio::this_coro::executor, 200ms);
    auto waiting = harbour.client().wait(id);
    auto ticking = timer.async_wait(asio::use_awaitable);
    auto first = co_await (std::move(waiting) || std::move(ticking));
    co_return first.index() == 1;
  };
  CHECK(harbour.engine.run(race()));
  CHECK(descriptors() == before);
  CHECK(harbour.ask(harbour.client().inspect(id)).value().running);
}

TEST_CASE("a container that the kernel killed for its memory says so") {
  Harbour harbour;
  auto plan = harbour.plan("busybox tail /dev/zero");
  plan.entrypoint = {"/bin/busybox", "tail", "/dev/zero"};
  plan.memory_bytes = 16 << 20;
  const auto id = harbour.started(plan);
  CHECK(harbour.ask(harbour.client().wait(id)).value() == 137);
  // Podman does not hear of it where cgroups are of version 1.
  const bool known =
      !harbour.podman() || harbour.ask(harbour.client().info()).value().cgroup_version != "1";
  CHECK(harbour.ask(harbour.client().inspect(id)).value().out_of_memory == known);
}

TEST_CASE("a program that is not in the image, or is none, is a fault of its own") {
  Harbour harbour;
  for (const auto* program : {"/nope", "nope", "/not-a-program"}) {
    auto plan = harbour.plan("");
    plan.entrypoint = {program};
    const auto id = harbour.made(plan);
    const auto started = harbour.ask(harbour.client().start(id));
    if (!started) {
      INFO(started.error().message);
      CHECK(name_of(started.error().fault) == "entrypoint_not_found");
      continue;
    }
    // crun finds out when it has said that it started.
    CHECK(program == std::string("/not-a-program"));
    CHECK(harbour.ask(harbour.client().wait(id)).value() != 0);
  }
}

TEST_CASE("a name is given once, and a container is removed once, however often that is asked") {
  Harbour harbour;
  const auto plan = harbour.plan("while :; do busybox sleep 1; done");
  const auto id = harbour.started(plan);
  const auto again = harbour.ask(harbour.client().create(plan));
  INFO(again.error().message);
  CHECK(name_of(again.error().fault) == "conflict");
  CHECK(again.error().code == ErrorCode::conflict);
  CHECK(harbour.ask(harbour.client().remove(id, {})).has_error());
  CHECK(harbour.ask(harbour.client().remove(id, {.force = true})).has_value());
  CHECK(harbour.ask(harbour.client().remove(id, {.force = true})).has_value());
  CHECK(name_of(harbour.ask(harbour.client().inspect(id)).error().fault) == "not_found");
  CHECK(name_of(harbour.ask(harbour.client().start(id)).error().fault) == "not_found");
  CHECK(name_of(harbour.ask(harbour.client().put_files(id, "/", {})).error().fault) == "not_found");
}

TEST_CASE("containers are found by label, ended ones too") {
  Harbour harbour;
  auto plan = harbour.plan("true");
  plan.labels["wharf.place"] = "a=b/c d";
  const auto made = harbour.made(plan);
  auto other = harbour.plan("true");
  const auto ended = harbour.started(other);
  harbour.ask(harbour.client().wait(ended)).value();
  const auto both =
      harbour.ask(harbour.client().list({{"label", {"wharf.test=" + own()}}})).value();
  CHECK(both.size() == 2);
  const auto one =
      harbour
          .ask(harbour.client().list({{"label", {"wharf.test=" + own(), "wharf.place=a=b/c d"}}}))
          .value();
  REQUIRE(one.size() == 1);
  CHECK(one[0].id == made);
  CHECK(one[0].name == plan.name);
  CHECK(one[0].status == "created");
  CHECK(one[0].labels.at("wharf.place") == "a=b/c d");
}

TEST_CASE("events tell of a container's life as it happens") {
  Harbour harbour;
  const EngineFilters ours = {{"type", {"container"}}, {"label", {"wharf.test=" + own()}}};
  auto events = harbour.ask(harbour.client().events(ours)).value();
  const auto id = harbour.started(harbour.plan("exit 5"));
  std::vector<std::string> actions;
  EngineEvent event;
  while (!event.action.starts_with("die")) {
    event = harbour.ask(events.next()).value();
    CHECK(event.type == "container");
    CHECK(event.id == id);
    actions.push_back(event.action);
  }
  CHECK(std::count(actions.begin(), actions.end(), "start") == 1);
  CHECK(event.attributes.at("wharf.test") == own());
  CHECK(event.attributes.at(harbour.podman() ? "containerExitCode" : "exitCode") == "5");
  CHECK(event.at > 1'600'000'000'000'000'000);
}

TEST_CASE("an image for another processor is known before it runs") {
  Harbour harbour;
  const auto name = image_name("foreign");
  const auto loaded = harbour.load(name, "arm64");
  if (!loaded) FAIL(loaded.error().message);
  const auto image = harbour.ask(harbour.client().image(name)).value();
  const auto fit = check_platform(image, harbour.ask(harbour.client().info()).value());
  CHECK(fit.error().fault == EngineFault::wrong_platform);
  CHECK(fit.error().message.find("linux/arm64") != std::string::npos);
  harbour.remove_image(name);
  CHECK(name_of(harbour.ask(harbour.client().image(name)).error().fault) == "image_not_found");
}

TEST_CASE("a network is made once and removed once") {
  Harbour harbour;
  const auto name = own() + "-net";
  CHECK(harbour.ask(harbour.client().ensure_network(name, {{"wharf.test", own()}})).has_value());
  CHECK(harbour.ask(harbour.client().ensure_network(name, {{"wharf.test", own()}})).has_value());
  CHECK(harbour.ask(harbour.client().remove_network(name)).has_value());
  CHECK(name_of(harbour.ask(harbour.client().remove_network(name)).error().fault) == "not_found");
}

TEST_CASE("an image comes from its registry, its layers as one progress") {
  Harbour harbour;
  const auto local = image_name("pulled");
  std::string noise(3 << 20, '\0');
  std::minstd_rand random(7);
  for (char& c : noise) c = static_cast<char>(random());
  REQUIRE(harbour.import(local, {{.name = "noise", .bytes = noise}}, {}).has_value());
  const auto remote =
      fmt::format("{}/wharf/pulled-{}:1", needed("WHARF_TEST_REGISTRY"), ::getpid());
  const auto pushed = harbour.push(local, remote);
  if (!pushed) FAIL(pushed.error().message);
  const auto id = harbour.ask(harbour.client().image(local)).value().id;
  harbour.remove_image(id);

  std::vector<PullProgress> seen;
  const auto name = parse_image_reference(remote).value();
  const auto pulled = harbour.ask(harbour.client().pull(
      name, {}, [&](const PullProgress& progress) { seen.push_back(progress); }));
  if (!pulled) FAIL(pulled.error().message);
  const auto image = harbour.ask(harbour.client().image(remote)).value();
  CHECK(image.id == id);
  REQUIRE(image.repo_digests.size() >= 1);
  if (!harbour.podman()) {
    REQUIRE_FALSE(seen.empty());
    CHECK(seen.back().fraction == 1);
    CHECK(seen.back().layers == 1);
    CHECK(seen.back().layers_done == 1);
    CHECK(seen.back().bytes_total > noise.size() / 2);
    for (std::size_t i = 1; i < seen.size(); ++i) {
      CHECK(seen[i].fraction >= seen[i - 1].fraction);
    }
  }
  const auto by_digest = parse_image_reference(image.repo_digests.front()).value();
  CHECK(harbour.ask(harbour.client().pull(by_digest, {}, {})).has_value());
  harbour.remove_image(image.id);

  SECTION("one that asks for a login") {
    const auto locked_registry = needed("WHARF_TEST_LOCKED_REGISTRY");
    const auto locked =
        parse_image_reference(fmt::format("{}/wharf/pulled-{}:1", locked_registry, ::getpid()))
            .value();
    const auto login = needed("WHARF_TEST_REGISTRY_LOGIN");
    const auto header = [&](const std::string& user_and_password) {
      const auto colon = user_and_password.find(':');
      return RegistryLogins::parse(
                 fmt::format(R"({{"auths": {{"{}": {{"username": "{}", "password": "{}"}}}}}})",
                             locked_registry, user_and_password.substr(0, colon),
                             user_and_password.substr(colon + 1)))
          .value()
          .header_for(locked);
    };
    const auto none = harbour.ask(harbour.client().pull(locked, {}, {}));
    INFO(none.error().message);
    CHECK(name_of(none.error().fault) == "registry_refused");
    const auto wrong = harbour.ask(harbour.client().pull(locked, header("wharf:wr0ng-one"), {}));
    INFO(wrong.error().message);
    CHECK(name_of(wrong.error().fault) == "registry_refused");
    CHECK(wrong.error().message.find("wr0ng-one") == std::string::npos);
    const auto right = harbour.ask(harbour.client().pull(locked, header(login), {}));
    if (!right) FAIL(right.error().message);
    harbour.remove_image(id);
  }
}

TEST_CASE("a pull that cannot be says whose fault it is") {
  Harbour harbour;
  const auto fault = [&](const std::string& name) {
    const auto pulled =
        harbour.ask(harbour.client().pull(parse_image_reference(name).value(), {}, {}));
    REQUIRE(pulled.has_error());
    INFO(pulled.error().message);
    CHECK(pulled.error().message.find("while pulling") != std::string::npos);
    return std::string(name_of(pulled.error().fault));
  };
  const auto registry = needed("WHARF_TEST_REGISTRY");
  CHECK(fault(registry + "/wharf/nope:1") == "image_not_found");
  CHECK(fault("127.0.0.1:1/wharf/nope:1") == "registry_unreachable");
}

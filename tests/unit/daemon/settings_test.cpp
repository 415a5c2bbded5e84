#include "daemon/settings.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <set>

using namespace wharf;
using namespace std::chrono_literals;

namespace {

struct SettingsFile {
  std::string path;
  explicit SettingsFile(const std::string& text) {
    char name[] = "/tmp/wharf-settings-XXXXXX";
    ::close(::mkstemp(name));
    path = name;
    std::ofstream(path) << text;
  }
  ~SettingsFile() { ::unlink(path.c_str()); }
};

}  // namespace

TEST_CASE("what the daemon keeps, and for how long, is a setting with its unit") {
  const SettingsFile file(R"(
socket: run/wharf.sock
logs: {per_job: 1 MiB, total: 2 GB, keep: 30 days}
retention: {jobs: 90 days, events: 1 week, answers: 12 h}
backup: {every: 6 hours, keep: 28}
disk: {minimum_free: 1 GiB}
chores: {every: 5 minutes}
shutdown: {drain: 10 min}
auto_disable: {failed_jobs: 0, days: 1, failed_jobs_warning: 2, days_warning: 3}
)");
  const auto settings = daemon::load_settings(file.path, false).value();
  CHECK(settings.socket == "/tmp/run/wharf.sock");
  CHECK(settings.logs.per_job == 1u << 20);
  CHECK(settings.logs.total == 2'000'000'000u);
  CHECK(settings.logs.keep == 720h);
  CHECK(settings.retention.jobs == 2160h);
  CHECK(settings.retention.events == 168h);
  CHECK(settings.retention.answers == 12h);
  CHECK(settings.backup.every == 6h);
  CHECK(settings.backup.keep == 28);
  CHECK(settings.minimum_free == 1u << 30);
  CHECK(settings.chores_every == 5min);
  CHECK(settings.auto_disable.failed_jobs == 0);
  CHECK(settings.auto_disable.days_warning == 3);
  CHECK(settings.drain == 10min);
}

TEST_CASE("what is left out has Airbyte's numbers, or modest ones") {
  const auto settings = daemon::load_settings("/nowhere/wharf.yaml", true).value();
  CHECK(settings.auto_disable.failed_jobs == 30);
  CHECK(settings.auto_disable.days == 7);
  CHECK(settings.auto_disable.failed_jobs_warning == 20);
  CHECK(settings.auto_disable.days_warning == 4);
  CHECK(settings.backup.every == 24h);
  CHECK(settings.drain == 0s);
  CHECK(settings.backup.keep == 7);
  CHECK(settings.logs.total == 2ull << 30);
  CHECK(settings.line_limit == 64ull << 20);
}

TEST_CASE("what containers get of this host is a setting, and paths are relative to the file") {
  const SettingsFile file(R"(
docker: {network: host, registry_auth: logins.json, cpu: 2, memory: 1 GiB}
connectors: {local_mount: shared}
)");
  const auto docker = daemon::load_settings(file.path, false).value().docker;
  CHECK(docker.network == "host");
  CHECK(docker.registry_auth == "/tmp/logins.json");
  CHECK(docker.local_mount == "/tmp/shared");
  CHECK(docker.usual == definition::Resources{.milli_cpus = 2000, .memory = 1u << 30});
  const SettingsFile engines("docker: {network: \"\"}\n");
  CHECK(daemon::load_settings(engines.path, false).value().docker.network.empty());
  const auto usual = daemon::load_settings("/nowhere/wharf.yaml", true).value().docker;
  CHECK(usual.network == "wharf");
  CHECK(usual.registry_auth.empty());
  CHECK(usual.local_mount.empty());
}

TEST_CASE("a line may be as long as the settings say, but no shorter than a state needs") {
  const SettingsFile file("limits: {line: 100 MiB}\n");
  CHECK(daemon::load_settings(file.path, false).value().line_limit == 100ull << 20);
  const SettingsFile small("limits:\n  line: 1 KiB\n");
  const auto refused = daemon::load_settings(small.path, false);
  REQUIRE(refused.has_error());
  CHECK_THAT(refused.error().message, Catch::Contains(":2: line must be 64 KiB or more"));
}

TEST_CASE("who may ask over the network is a setting that cannot be half of one") {
  const SettingsFile file(
      "basic: {user: airbyte, password_file: password}\nhosts: [Wharf.example]\n");
  const auto settings = daemon::load_settings(file.path, false).value();
  CHECK(settings.authenticate);
  CHECK(settings.basic_user == "airbyte");
  CHECK(settings.basic_password_file == "/tmp/password");
  const SettingsFile named("tokens: {dash: {file: d}, ci: {role: operator, file: /c}}\n");
  const auto tokens = daemon::load_settings(named.path, false).value().tokens;
  REQUIRE(tokens.size() == 2);
  CHECK((tokens[0].name == "dash" && tokens[0].role == "reader" && tokens[0].file == "/tmp/d"));
  CHECK((tokens[1].name == "ci" && tokens[1].role == "operator" && tokens[1].file == "/c"));
  const SettingsFile open("authentication: none\n");
  CHECK_FALSE(daemon::load_settings(open.path, false).value().authenticate);
  for (const auto* text :
       {"authentication: maybe\n", "authentication: none\nhosts: [wharf.example]\n",
        "basic: {user: airbyte}\n", "basic: {password_file: x}\n", "basic: airbyte\n",
        "basic: {user: 'a:b', password_file: x}\n", "basic: {user: a, password: b}\n",
        "tokens: [x]\n", "tokens: {a: {role: launcher, file: x}}\n", "tokens: {a: {role: admin}}\n",
        "tokens: {a: {file: x, text: y}}\n"}) {
    const SettingsFile bad(text);
    INFO(text);
    const auto refused = daemon::load_settings(bad.path, false);
    REQUIRE(refused.has_error());
    CHECK(refused.error().code == ErrorCode::invalid_config);
  }
}

TEST_CASE("an amount without sense is a problem with its line") {
  const SettingsFile file("logs:\n  total: much\nbackup:\n  keep: 0\nretention: {jobs: 1 month}\n");
  const auto settings = daemon::load_settings(file.path, false);
  REQUIRE_FALSE(settings.has_value());
  const auto said = settings.error().message;
  CHECK_THAT(said, Catch::Contains(":2: total must be an amount like 64 MiB, not 'much'"));
  CHECK_THAT(said, Catch::Contains(":4: keep must be a number from 1 to 1000, not '0'"));
  CHECK_THAT(said, Catch::Contains(":5: jobs must be an amount like 90 days, not '1 month'"));
}

TEST_CASE("where clients reach it is an address of the web, and its host is one of its names") {
  const auto read = [](const std::string& text) {
    const SettingsFile file(text);
    return daemon::load_settings(file.path, false);
  };
  const auto plain = read("{}").value();
  CHECK(plain.public_url.empty());
  CHECK_FALSE(plain.insecure);
  const auto settings =
      read("public_url: https://Wharf.Example:8443/data/\ninsecure: true\nhosts: [other]\n")
          .value();
  CHECK(settings.public_url == "https://Wharf.Example:8443/data");
  CHECK(std::set<std::string>(settings.hosts.begin(), settings.hosts.end()) ==
        std::set<std::string>{"other", "wharf.example"});
  CHECK(settings.insecure);
  for (const char* wrong : {"wharf.example", "ftp://wharf.example", "https://", "https:///x",
                            "https://a b", "https://u@wharf.example", "https://wharf.example?x"}) {
    const auto refused = read(std::string("public_url: \"") + wrong + "\"\n");
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().message.find("public_url must be like https://wharf.example") !=
          std::string::npos);
  }
}

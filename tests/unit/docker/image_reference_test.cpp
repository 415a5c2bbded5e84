#include <docker/engine_address.h>
#include <docker/image_reference.h>

#include <catch2/catch.hpp>

using namespace wharf;
using namespace wharf::docker;

namespace {

const std::string kDigest = "sha256:" + std::string(64, 'a');

std::string full(std::string_view text) {
  return parse_image_reference(text).value().full_name();
}

std::string objection(std::string_view text) {
  const auto parsed = parse_image_reference(text);
  REQUIRE(parsed.has_error());
  CHECK(parsed.error().code == ErrorCode::invalid_argument);
  return parsed.error().message;
}

}  // namespace

TEST_CASE("an image's name means what Docker's users expect") {
  CHECK(full("busybox") == "docker.io/library/busybox:latest");
  CHECK(full("busybox:1.36") == "docker.io/library/busybox:1.36");
  CHECK(full("airbyte/source-faker:7.2.1") == "docker.io/airbyte/source-faker:7.2.1");
  CHECK(full("docker.io/busybox") == "docker.io/library/busybox:latest");
  CHECK(full("index.docker.io/a/b") == "docker.io/a/b:latest");
  CHECK(full("localhost/x") == "localhost/x:latest");
  CHECK(full("localhost:5000/x") == "localhost:5000/x:latest");
  CHECK(full("localhost:5000") == "docker.io/library/localhost:5000");
  CHECK(full("127.0.0.1:5000/a/b/c:t_1.x-y") == "127.0.0.1:5000/a/b/c:t_1.x-y");
  CHECK(full("[::1]:5000/x") == "[::1]:5000/x:latest");
  CHECK(full("Registry.Example.com/x") == "Registry.Example.com/x:latest");
  CHECK(full("a__b/c--d.e") == "docker.io/a__b/c--d.e:latest");
}

TEST_CASE("a digest decides, and needs no tag") {
  const auto plain = parse_image_reference("quay.io/a/b@" + kDigest).value();
  CHECK(plain.tag.empty());
  CHECK(plain.digest == kDigest);
  CHECK(plain.full_name() == "quay.io/a/b@" + kDigest);
  const auto both = parse_image_reference("a/b:1@" + kDigest).value();
  CHECK(both.tag == "1");
  CHECK(both.full_name() == "docker.io/a/b@" + kDigest);
}

TEST_CASE("a name is shown as people write it") {
  CHECK(parse_image_reference("docker.io/library/busybox").value().short_name() ==
        "busybox:latest");
  CHECK(parse_image_reference("a/b:1").value().short_name() == "a/b:1");
  CHECK(parse_image_reference("quay.io/a/b:1").value().short_name() == "quay.io/a/b:1");
}

TEST_CASE("what is wrong with an image's name is said") {
  CHECK(objection("") == "image '': there is no name");
  CHECK(objection("quay.io/") == "image 'quay.io/': there is no name");
  CHECK(objection("Airbyte/x").find("small letters only") != std::string::npos);
  CHECK(objection("a b").find("letters and digits") != std::string::npos);
  CHECK(objection("a//b").find("letters and digits") != std::string::npos);
  CHECK(objection("a/b-").find("letters and digits") != std::string::npos);
  CHECK(objection("a..b").find("letters and digits") != std::string::npos);
  CHECK(objection("a___b").find("letters and digits") != std::string::npos);
  CHECK(objection("a:").find("stands a tag") != std::string::npos);
  CHECK(objection("a:-x").find("stands a tag") != std::string::npos);
  CHECK(objection("a:" + std::string(129, 'x')).find("stands a tag") != std::string::npos);
  CHECK(objection("a@sha256:12").find("stands a digest") != std::string::npos);
  CHECK(objection("a@md5:" + std::string(32, 'a')).find("stands a digest") != std::string::npos);
  CHECK(objection("https://quay.io/a").find("without 'https://'") != std::string::npos);
  CHECK(objection("host:port/a").find("HOST:PORT") != std::string::npos);
  CHECK(objection("-a.b/c").find("HOST:PORT") != std::string::npos);
  CHECK(objection(std::string(256, 'a')).find("255") != std::string::npos);
  CHECK(objection(std::string(100000, 'a')).size() < 200);
  CHECK(objection("a\nb").find("letters and digits") != std::string::npos);
}

TEST_CASE("an engine is a socket of this host; others are refused by name") {
  CHECK(engine_socket("unix:///var/run/docker.sock").value() == "/var/run/docker.sock");
  const auto refusal = [](std::string_view host) {
    const auto socket = engine_socket(host);
    REQUIRE(socket.has_error());
    CHECK(socket.error().fault == EngineFault::unsupported);
    return socket.error().message;
  };
  for (const auto* host : {"tcp://10.0.0.1:2376", "ssh://me@there", "http://x"}) {
    const auto said = refusal(host);
    CHECK(said.find(host) != std::string::npos);
    CHECK(said.find("share FIFOs") != std::string::npos);
    CHECK(said.find("unix:///var/run/docker.sock") != std::string::npos);
  }
  CHECK(refusal("npipe:////./pipe/docker").find("Windows") != std::string::npos);
  CHECK(refusal("/var/run/docker.sock").find("unix:///") != std::string::npos);
  CHECK(refusal("unix://docker.sock").find("absolute") != std::string::npos);
  CHECK(refusal("unix:///" + std::string(107, 'a')).find("107") != std::string::npos);
}

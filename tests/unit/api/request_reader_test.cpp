#include "api/request_reader.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <string>

using namespace wharf::api;

namespace {

constexpr std::size_t kHeaderMax = 2048;
constexpr std::size_t kBodyMax = 1000;

struct Feed {
  RequestReader reader{kHeaderMax, kBodyMax};

  // In pieces of at most `piece` bytes, as far as the reader wants them.
  std::optional<Problem> give(std::string_view bytes, std::size_t piece = 1 << 20) {
    while (!bytes.empty()) {
      const auto space = reader.space();
      const auto count = std::min({bytes.size(), space.size(), piece});
      std::memcpy(space.data(), bytes.data(), count);
      reader.filled(count);
      bytes.remove_prefix(count);
      if (auto problem = reader.parse()) return problem;
    }
    return std::nullopt;
  }
};

int refused(const std::string& bytes) {
  Feed feed;
  const auto problem = feed.give(bytes);
  return problem ? problem->status : feed.reader.complete() ? 0 : -1;
}

}  // namespace

TEST_CASE("a request is read whole, in whatever pieces it comes") {
  for (const std::size_t piece : {1, 2, 7, 1000}) {
    Feed feed;
    REQUIRE_FALSE(
        feed.give("POST /v1/jobs?x=1 HTTP/1.1\r\nHOST: a\r\nX-Y:  z \r\n"
                  "Content-Length: 5\r\n\r\nhello",
                  piece));
    REQUIRE(feed.reader.complete());
    CHECK(feed.reader.keep_alive());
    const auto request = feed.reader.take();
    CHECK(request.method == Method::post);
    CHECK(request.target == "/v1/jobs?x=1");
    CHECK(request.headers.find("host") == "a");
    CHECK(request.headers.find("x-y") == "z");
    CHECK(request.body == "hello");
    CHECK_FALSE(feed.reader.begun());
  }
}

TEST_CASE("chunked bodies are put together") {
  for (const std::size_t piece : {1, 3, 1000}) {
    Feed feed;
    REQUIRE_FALSE(
        feed.give("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                  "5;ext=1\r\nhello\r\n6\r\n world\r\n0\r\nTrailer: x\r\n\r\n",
                  piece));
    REQUIRE(feed.reader.complete());
    CHECK(feed.reader.take().body == "hello world");
  }
}

TEST_CASE("what comes behind a request is the next one") {
  Feed feed;
  REQUIRE_FALSE(
      feed.give("GET /a HTTP/1.1\r\nHost: x\r\n\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n"
                "GET /c HTTP/1.0\r\n\r\n"));
  CHECK(feed.reader.take().target == "/a");
  REQUIRE(feed.reader.begun());
  REQUIRE_FALSE(feed.reader.parse());
  CHECK(feed.reader.take().target == "/b");
  REQUIRE_FALSE(feed.reader.parse());
  CHECK_FALSE(feed.reader.keep_alive());
  CHECK(feed.reader.is_http_1_0());
  CHECK(feed.reader.take().target == "/c");
}

TEST_CASE("what is no HTTP is refused") {
  CHECK(refused("hello\r\n\r\n") == 400);
  CHECK(refused("GET /\r\n\r\n") == 400);
  CHECK(refused("GET / HTTP/2.0\r\n\r\n") == 400);
  CHECK(refused("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") == 400);
  CHECK(refused("GET / HTTP/1.1\r\nNo colon\r\n\r\n") == 400);
  CHECK(refused("GET / HTTP/1.1\r\nHo st: a\r\n\r\n") == 400);
  CHECK(refused("GET / HTTP/1.1\r\nHost: a\x01\r\n\r\n") == 400);
  CHECK(refused(std::string("\x16\x03\x01\x02\x00\x01", 6) + std::string(100, 'x') + "\r\n\r\n") ==
        400);
  CHECK(refused("POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n") == 400);
  CHECK(refused("POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n") == 400);
  CHECK(refused("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n") == 400);
}

TEST_CASE("a request whose end is in doubt is refused: nobody smuggles one in another") {
  CHECK(refused("POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab") == 400);
  CHECK(refused("POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
                "0\r\n\r\n") == 400);
  CHECK(refused("POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n") == 400);
  CHECK(refused("POST / HTTP/1.1\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\na") == 415);
}

TEST_CASE("bodies have a limit, announced or not") {
  const std::string most(kBodyMax, 'b');
  const auto with_length = [](std::size_t length) {
    return "POST / HTTP/1.1\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n";
  };
  CHECK(refused(with_length(kBodyMax) + most) == 0);
  CHECK(refused(with_length(kBodyMax + 1)) == 413);
  const std::string chunked = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
  CHECK(refused(chunked + "3e8\r\n" + most + "\r\n0\r\n\r\n") == 0);
  CHECK(refused(chunked + "3e8\r\n" + most + "\r\n1\r\nb\r\n0\r\n\r\n") == 413);
  CHECK(refused(chunked + "ffffffff\r\n") == 413);
}

TEST_CASE("headers have a limit, and so has everything that is no body") {
  const std::string line = "GET / HTTP/1.1\r\n";
  CHECK(refused(line + "X: " + std::string(kHeaderMax, 'h') + "\r\n\r\n") == 431);
  CHECK(refused("GET /" + std::string(kHeaderMax, 'p')) == 431);
  CHECK(refused(line + "X: " + std::string(kHeaderMax - 100, 'h') + "\r\n\r\n") == 0);
  const std::string extension(200'000, 'e');
  CHECK(refused("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;" + extension) >= 400);
}

TEST_CASE("who waits for 100 Continue is told so once") {
  Feed feed;
  feed.give("POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  CHECK(feed.reader.takes_continue());
  CHECK_FALSE(feed.reader.takes_continue());
  feed.give("ab");
  CHECK(feed.reader.complete());
}

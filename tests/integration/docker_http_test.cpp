#include <docker/engine_client.h>
#include <docker/tar_writer.h>
#include <docker/unix_http.h>
#include <fmt/format.h>

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <atomic>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fstream>
#include <memory>
#include <thread>

#include "engine_fixture.h"

using namespace wharf;
using namespace wharf::docker;
using namespace wharf::test;

namespace {

/// An engine that says what a test wants, to one who asks; then the next test's part begins.
class HostileEngine {
 public:
  using Part = std::function<void(int socket)>;

  explicit HostileEngine(Part part, int backlog = 8) : path_((scratch_.path / "s").string()) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, sizeof address.sun_path - 1);
    listening_.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(::bind(listening_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) ==
            0);
    REQUIRE(::listen(listening_.get(), backlog) == 0);
    if (part) thread_ = std::thread([this, part] { serve(part); });
  }
  ~HostileEngine() {
    ::shutdown(listening_.get(), SHUT_RDWR);
    if (thread_.joinable()) thread_.join();
  }

  const std::string& path() const { return path_; }

  /// All that was asked so far.
  std::string asked() const { return asked_.load() != nullptr ? *asked_.load() : std::string(); }

 private:
  void serve(const Part& part) {
    while (true) {
      base::UniqueFd peer(::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!peer) return;
      std::string head;
      char piece[4096];
      while (head.find("\r\n\r\n") == std::string::npos) {
        const auto count = ::recv(peer.get(), piece, sizeof piece, 0);
        if (count <= 0) break;
        head.append(piece, static_cast<std::size_t>(count));
      }
      asked_.store(std::make_shared<std::string>(head));
      part(peer.get());
    }
  }

  Scratch scratch_;
  std::string path_;
  base::UniqueFd listening_;
  std::atomic<std::shared_ptr<std::string>> asked_{};
  std::thread thread_;
};

bool say(int socket, std::string_view text) {
  while (!text.empty()) {
    const auto sent = ::send(socket, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

HostileEngine::Part saying(std::string text) {
  return [text](int socket) { say(socket, text); };
}

/// Says it, and stays until the other hangs up.
HostileEngine::Part saying_and_staying(std::string text) {
  return [text](int socket) {
    say(socket, text);
    char piece[4096];
    while (::recv(socket, piece, sizeof piece, 0) > 0) {
    }
  };
}

std::string whole(std::string_view body, std::string_view status = "200 OK") {
  return fmt::format("HTTP/1.1 {}\r\nApi-Version: 1.41\r\nContent-Length: {}\r\n\r\n{}", status,
                     body.size(), body);
}

std::string chunked(const std::vector<std::string>& chunks, bool ended = true) {
  std::string text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const auto& chunk : chunks) text += fmt::format("{:x}\r\n{}\r\n", chunk.size(), chunk);
  return text + (ended ? "0\r\n\r\n" : "");
}

template <class T>
EngineResult<T> result_of(Engine& engine, awaitable<EngineResult<T>> work) {
  auto kept =
      [](awaitable<EngineResult<T>> wrapped) -> awaitable<std::shared_ptr<EngineResult<T>>> {
    auto result = co_await std::move(wrapped);
    co_return std::make_shared<EngineResult<T>>(std::move(result));
  };
  return std::move(*engine.run(kept(std::move(work))));
}

EngineResult<HttpAnswer> asked(const std::string& path, HttpLimits limits = {},
                               HttpRequest request = {.target = "/x"}) {
  Engine engine;
  const UnixHttp http(path);
  return result_of(engine, http.ask(std::move(request), limits));
}

/// All lines of a stream, and how it ended.
struct Stream {
  std::vector<std::string> lines;
  std::optional<EngineError> failure;
  std::optional<HttpAnswer> refusal;
};

Stream streamed(const std::string& path, HttpLimits limits = {}) {
  Engine engine;
  const UnixHttp http(path);
  Stream all;
  auto opened = result_of(engine, http.open_lines({.target = "/x"}, limits));
  if (!opened) {
    all.failure = opened.error();
    return all;
  }
  all.refusal = opened->refusal();
  while (!all.refusal) {
    auto line = result_of(engine, opened->next());
    if (!line) {
      all.failure = line.error();
      CHECK(result_of(engine, opened->next()).error().fault == line.error().fault);
      break;
    }
    if (!*line) break;
    all.lines.push_back(**line);
  }
  return all;
}

EngineFault fault_of(const std::string& answer, HttpLimits limits = {}) {
  const HostileEngine engine(saying(answer));
  const auto result = asked(engine.path(), limits);
  REQUIRE(result.has_error());
  INFO(result.error().message);
  CHECK(result.error().message.find(engine.path()) != std::string::npos);
  return result.error().fault;
}

std::size_t open_descriptors() {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator()));
}

}  // namespace

TEST_CASE("an answer is taken whole, with its length or in chunks or to its end") {
  const HostileEngine engine(saying(whole("{\"a\":1}", "404 Not Found")));
  const auto answer = asked(engine.path());
  CHECK(answer.value().status == 404);
  CHECK(answer.value().body == "{\"a\":1}");
  CHECK(answer.value().api_version == "1.41");
  CHECK(engine.asked().starts_with("GET /x HTTP/1.1\r\n"));
  const HostileEngine pieces(saying(chunked({"ab", std::string(100'000, 'x'), "c"})));
  CHECK(asked(pieces.path()).value().body == "ab" + std::string(100'000, 'x') + "c");
  const HostileEngine open(saying("HTTP/1.1 200 OK\r\n\r\nabc"));
  CHECK(asked(open.path()).value().body == "abc");
  const HostileEngine nothing(saying_and_staying("HTTP/1.1 304 Not Modified\r\n\r\n"));
  CHECK(asked(nothing.path()).value().status == 304);
}

TEST_CASE("an answer that is cut anywhere is an engine that has gone") {
  const std::string text = whole("0123456789");
  for (const std::size_t at : {std::size_t(0), std::size_t(1), std::size_t(9), std::size_t(20),
                               text.size() - 11, text.size() - 10, text.size() - 1}) {
    INFO(at);
    CHECK(name_of(fault_of(text.substr(0, at))) == "gone");
  }
  const std::string chunks = chunked({"0123456789"});
  for (std::size_t at = chunks.size() - 17; at < chunks.size(); ++at) {
    INFO(at);
    CHECK(name_of(fault_of(chunks.substr(0, at))) == "gone");
  }
}

TEST_CASE("what is no HTTP is a bad answer") {
  for (const std::string& text :
       {std::string("hello\r\n\r\n"), std::string("\0\1\2\3\4\5\6\7\r\n\r\n", 12),
        std::string("HTTP/9.9 200 OK\r\n\r\n"), std::string("HTTP/1.1 20x OK\r\n\r\n"),
        std::string("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"),
        std::string("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx"),
        std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")}) {
    INFO(text);
    CHECK(name_of(fault_of(text)) == "bad_answer");
  }
}

TEST_CASE("an answer beyond its bound is not taken, in whatever form it comes") {
  const HttpLimits small{.body_bytes = 1000};
  CHECK(name_of(fault_of(whole(std::string(1001, 'x')), small)) == "bad_answer");
  CHECK(name_of(fault_of(chunked({std::string(600, 'x'), std::string(600, 'x')}), small)) ==
        "bad_answer");
  CHECK(name_of(fault_of("HTTP/1.1 200 OK\r\n\r\n" + std::string(2000, 'x'), small)) ==
        "bad_answer");
  CHECK(name_of(fault_of("HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'x') + "\r\n\r\n")) ==
        "bad_answer");
  const HostileEngine exact(saying(whole(std::string(1000, 'x'))));
  CHECK(asked(exact.path(), small).value().body.size() == 1000);
  const HostileEngine endless([](int socket) {
    say(socket, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;");
    while (say(socket, std::string(65536, 'x'))) {
    }
  });
  CHECK(name_of(asked(endless.path()).error().fault) == "bad_answer");
}

TEST_CASE("an engine that is too slow is given up in time, silent or dripping") {
  const HttpLimits hurried{.patience = 200ms};
  const auto before = std::chrono::steady_clock::now();
  const HostileEngine silent(saying_and_staying(""));
  CHECK(name_of(asked(silent.path(), hurried).error().fault) == "timed_out");
  const HostileEngine dripping([](int socket) {
    say(socket, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
    while (say(socket, "x")) ::usleep(20'000);
  });
  CHECK(name_of(asked(dripping.path(), hurried).error().fault) == "timed_out");
  const HostileEngine stuck(saying_and_staying(chunked({"{}\n"}, false)));
  const auto stream = streamed(stuck.path(), hurried);
  CHECK(stream.lines == std::vector<std::string>{"{}"});
  CHECK(name_of(stream.failure.value().fault) == "timed_out");
  CHECK(std::chrono::steady_clock::now() - before < 5s);
}

TEST_CASE("an engine that does not read a long question is given up in time") {
  const HostileEngine deaf([](int socket) {
    pollfd hang_up{socket, 0, 0};
    ::poll(&hang_up, 1, 10'000);
  });
  const auto answer = asked(deaf.path(), {.patience = 300ms},
                            {.method = "PUT", .target = "/x", .body = std::string(8 << 20, 'x')});
  CHECK(name_of(answer.error().fault) == "timed_out");
}

TEST_CASE("a refusal that comes before a long question was read is heard") {
  const HostileEngine hasty(saying(whole("{\"message\":\"no\"}", "404 Not Found")));
  const auto answer =
      asked(hasty.path(), {}, {.method = "PUT", .target = "/x", .body = std::string(8 << 20, 'x')});
  CHECK(answer.value().status == 404);
  CHECK(answer.value().body == "{\"message\":\"no\"}");
}

TEST_CASE("who is not there is said with what to do") {
  const auto missing = asked("/nonexistent/s").error();
  CHECK(missing.fault == EngineFault::unreachable);
  CHECK(missing.code == ErrorCode::environment);
  CHECK(missing.message.find("start the engine") != std::string::npos);
  Scratch scratch;
  const auto path = (scratch.path / "s").string();
  {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    const base::UniqueFd bound(::socket(AF_UNIX, SOCK_STREAM, 0));
    REQUIRE(::bind(bound.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  }
  CHECK(asked(path).error().message.find("nobody listens") != std::string::npos);
  CHECK(holds_without_privileges("a socket that is not for us says whose it is"));
}

TEST_CASE("a socket that is not for us says whose it is") {
  if (::geteuid() == 0) return;  // Run without privileges by the test before.
  const HostileEngine engine(saying(whole("")));
  REQUIRE(::chmod(engine.path().c_str(), 0) == 0);
  const auto error = asked(engine.path()).error();
  CHECK(error.fault == EngineFault::unreachable);
  CHECK(error.message.find("the socket's group is") != std::string::npos);
}

TEST_CASE("an engine whose queue of callers is full is waited for, not taken for connected") {
  const HostileEngine full({}, 0);
  std::vector<base::UniqueFd> callers;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  full.path().copy(address.sun_path, sizeof address.sun_path - 1);
  while (true) {
    callers.emplace_back(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0));
    if (::connect(callers.back().get(), reinterpret_cast<const sockaddr*>(&address),
                  sizeof address) != 0)
      break;
  }
  const auto error = asked(full.path(), {.patience = 300ms}).error();
  CHECK(name_of(error.fault) == "timed_out");
}

TEST_CASE("a question cannot smuggle a second one") {
  const HostileEngine engine(saying(whole("")));
  for (HttpRequest request :
       {HttpRequest{.target = "/x HTTP/1.1\r\nX: y"}, HttpRequest{.target = "/a b"},
        HttpRequest{.target = "/x", .headers = {{"A", "b\r\nC: d"}}}}) {
    CHECK(asked(engine.path(), {}, request).error().fault == EngineFault::refused);
  }
  CHECK(engine.asked().empty());
}

TEST_CASE("lines come as they are said, however they are cut into chunks") {
  const HostileEngine engine(
      saying(chunked({"{\"a\"", ":1}\r\n\r\n{\"b\":2}\n", "{\"c\":", "3}"})));
  const auto stream = streamed(engine.path());
  CHECK(stream.lines == std::vector<std::string>{"{\"a\":1}", "{\"b\":2}", "{\"c\":3}"});
  CHECK_FALSE(stream.failure);
  std::string many;
  for (int i = 0; i < 20'000; ++i) many += fmt::format("{{\"n\":{}}}\n", i);
  const HostileEngine flood(saying(chunked({many})));
  const auto all = streamed(flood.path());
  REQUIRE(all.lines.size() == 20'000);
  CHECK(all.lines.back() == "{\"n\":19999}");
}

TEST_CASE("a stream that is cut has gone; what came before is given out") {
  const HostileEngine engine(saying(chunked({"{\"a\":1}\n{\"b\""}, false)));
  const auto stream = streamed(engine.path());
  CHECK(stream.lines == std::vector<std::string>{"{\"a\":1}"});
  CHECK(name_of(stream.failure.value().fault) == "gone");
}

TEST_CASE("a line over the limit fails a stream before it is all there") {
  std::atomic<std::size_t> said{0};
  const HostileEngine engine([&](int socket) {
    say(socket, "HTTP/1.1 200 OK\r\n\r\n{}\n");
    const std::string piece(4096, 'x');
    while (say(socket, piece)) said += piece.size();
  });
  const auto stream = streamed(engine.path(), {.line_bytes = 10'000});
  CHECK(stream.lines == std::vector<std::string>{"{}"});
  CHECK(name_of(stream.failure.value().fault) == "bad_answer");
  CHECK(stream.failure->message.find("10000") != std::string::npos);
  CHECK(said < 8U << 20);
}

TEST_CASE("a stream that is refused is an answer") {
  const HostileEngine engine(saying(whole("{\"message\":\"no such image\"}", "404 Not Found")));
  const auto stream = streamed(engine.path());
  REQUIRE(stream.refusal);
  CHECK(stream.refusal->status == 404);
  CHECK(stream.refusal->body == "{\"message\":\"no such image\"}");
}

TEST_CASE("whoever is no longer interested hangs up") {
  using namespace asio::experimental::awaitable_operators;
  std::atomic<int> hung_up{0};
  const HostileEngine engine([&](int socket) {
    char byte;
    if (::recv(socket, &byte, 1, 0) == 0) ++hung_up;
  });
  const auto descriptors = open_descriptors();
  const UnixHttp http(engine.path());
  const HttpLimits forever{.patience = 0ms};
  {
    Engine loop;
    auto race = [&]() -> awaitable<bool> {
      asio::steady_timer timer(co_await asio::this_coro::executor, 100ms);
      auto asking = http.ask({.target = "/wait"}, forever);
      auto waiting = timer.async_wait(asio::use_awaitable);
      auto first = co_await (std::move(asking) || std::move(waiting));
      co_return first.index() == 1;
    };
    CHECK(loop.run(race()));
    CHECK(comes_true([&] { return hung_up == 1; }));
  }
  {
    // Destroyed with its loop in the middle of the wait.
    asio::io_context io{1};
    asio::co_spawn(io, http.ask({.target = "/wait"}, forever), [](std::exception_ptr, auto) {});
    io.run_for(100ms);
  }
  CHECK(comes_true([&] { return hung_up == 2; }));
  {
    Engine loop;
    const HostileEngine talking(saying_and_staying(chunked({"{}\n"}, false)));
    auto lines = result_of(loop, UnixHttp(talking.path()).open_lines({.target = "/x"}, forever));
    REQUIRE(lines.has_value());
    CHECK(result_of(loop, lines->next()).value().value() == "{}");
  }
  CHECK(open_descriptors() == descriptors);
}

TEST_CASE(
    "an engine that is too old is refused by name; of a newer one no more is asked than we know") {
  const auto connect_to = [](const std::string& version) {
    const HostileEngine engine(
        saying("HTTP/1.1 200 OK\r\nApi-Version: " + version + "\r\nContent-Length: 2\r\n\r\nOK"));
    Engine loop;
    auto client = result_of(loop, EngineClient::connect(engine.path()));
    if (!client) throw Failure(client.error());
    return client->api_version();
  };
  CHECK(connect_to("1.41") == ApiVersion{1, 41});
  CHECK(connect_to("1.44") == ApiVersion{1, 44});
  CHECK(connect_to("1.99") == kNewestApi);
  CHECK(connect_to("2.0") == kNewestApi);
  CHECK_THROWS_WITH(connect_to("1.40"), Catch::Contains("speaks API 1.40") &&
                                            Catch::Contains("1.41") &&
                                            Catch::Contains("Docker 20.10"));
  CHECK_THROWS_WITH(connect_to("latest"), Catch::Contains("cannot be understood"));
}

TEST_CASE("an archive is what a real tar takes it for") {
  Scratch scratch;
  const std::string deep = std::string(120, 'd') + "/" + std::string(90, 'f');
  std::string binary;
  for (int i = 0; i < 70'000; ++i) binary += static_cast<char>(i * 31);
  const std::vector<ArchiveFile> files = {
      {.name = "config/", .mode = 01777, .uid = 7, .gid = 8, .modified = 1'700'000'000},
      {.name = "config/a b.json", .mode = 0400, .uid = 1000, .gid = 1001, .bytes = "{}"},
      {.name = deep, .mode = 0644, .bytes = binary},
      {.name = "empty", .mode = 04755},
      {.name = "block", .bytes = std::string(512, 'b')}};
  const auto archive = tar_of(files).value();
  CHECK(archive.size() % 512 == 0);
  std::ofstream(scratch.path / "a.tar", std::ios::binary) << archive;
  const auto command = fmt::format(
      "cd '{0}' && tar --numeric-owner -tvf a.tar >list 2>errors && mkdir out && "
      "tar -xf a.tar -C out --no-same-owner --no-same-permissions --delay-directory-restore "
      "2>>errors",
      scratch.path.string());
  REQUIRE(std::system(command.c_str()) == 0);
  const auto text_of = [&](const std::string& name) {
    std::ifstream in(scratch.path / name, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  CHECK(text_of("errors").empty());
  const auto list = text_of("list");
  INFO(list);
  CHECK(list.find("drwxrwxrwt 7/8") != std::string::npos);
  CHECK(list.find("2023-11-14") != std::string::npos);
  CHECK(list.find("-r-------- 1000/1001") != std::string::npos);
  CHECK(list.find("-rwsr-xr-x 0/0") != std::string::npos);
  CHECK(list.find(deep) != std::string::npos);
  CHECK(text_of("out/config/a b.json") == "{}");
  CHECK(text_of("out/" + deep) == binary);
  CHECK(text_of("out/empty").empty());
  CHECK(text_of("out/block") == std::string(512, 'b'));
}

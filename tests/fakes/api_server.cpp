// A small program around the room `api`: the server with a few routes that misbehave on request.
//   api_server [name=value …]: socket=PATH, tcp=HOST:PORT, insecure=1 and the limits below; prints
//   its port, stops at SIGTERM.

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

#include "api/health.h"
#include "api/json_body.h"
#include "api/server.h"
#include "api/tokens.h"
#include "memory_tokens.h"
#include "process/signals.h"

namespace {

using namespace wharf;
using api::Access;
using api::Base;
using api::Method;
using api::Piece;
using api::Request;
using api::Response;

int number(const Request& request, std::string_view name) {
  int value = 0;
  const auto text = request.query.find(name).value_or("0");
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

void add_routes(api::Router& router) {
  auto echo = [](const Request& request) {
    nlohmann::json answer{{"method", name_of(request.method)}, {"path", request.path},
                          {"bytes", request.body.size()},      {"subject", request.caller.subject},
                          {"local", request.peer.local},       {"pid", request.peer.pid}};
    return api::json_response(answer.dump());
  };
  router.add(Base::public_api, Method::post, "/echo", Access::operate, echo);
  router.add(Base::public_api, Method::get, "/echo", Access::read, echo);
  router.add(Base::public_api, Method::get, "/big", Access::open, [](const Request& request) {
    return api::text_response(std::string(static_cast<std::size_t>(number(request, "bytes")), 'x'));
  });
  router.add(Base::public_api, Method::get, "/slow", Access::open, [](const Request& request) {
    std::this_thread::sleep_for(std::chrono::milliseconds(number(request, "ms")));
    return api::text_response("slow");
  });
  router.add(Base::public_api, Method::get, "/throws", Access::open,
             [](const Request&) -> Response { throw std::runtime_error("the secret inside"); });
  router.add(Base::public_api, Method::post, "/json", Access::open, [](const Request& request) {
    return api::json_response(api::json_body(request).dump());
  });
  // `lines` pieces, then nothing new until its time is over.
  router.add(Base::public_api, Method::get, "/follow", Access::open, [](const Request& request) {
    auto said = std::make_shared<int>(0);
    const int lines = number(request, "lines");
    Response response;
    response.content_type = "text/plain";
    response.pieces =
        api::Pieces{[said, lines] {
                      if (*said >= lines) return Piece{"", Piece::Then::wait};
                      return Piece{"line " + std::to_string((*said)++) + "\n", Piece::Then::more};
                    },
                    [said] { return "cursor " + std::to_string(*said) + "\n"; }};
    return response;
  });
  // A follower whose log never stops growing.
  router.add(Base::public_api, Method::get, "/flood", Access::open, [](const Request&) {
    Response response;
    response.pieces = api::Pieces{
        [] { return Piece{std::string(64 * 1024, 'f'), Piece::Then::more}; }, [] { return ""; }};
    return response;
  });
  router.add(Base::public_api, Method::get, "/download", Access::open, [](const Request& request) {
    auto left = std::make_shared<int>(number(request, "pieces"));
    const bool breaks = number(request, "breaks") != 0;
    Response response;
    response.pieces = api::Pieces{
        [left, breaks] {
          if (breaks && *left == 1) throw std::runtime_error("the disk is gone");
          return Piece{std::string(1000, 'd'), --*left > 0 ? Piece::Then::more : Piece::Then::end};
        },
        {}};
    return response;
  });
}

void set_limit(api::Limits& limits, const std::string& name, int value) {
  using std::chrono::milliseconds;
  const auto size = static_cast<std::size_t>(value);
  if (name == "connections")
    limits.connections = size;
  else if (name == "local_connections")
    limits.local_connections = size;
  else if (name == "requests")
    limits.requests_per_connection = value;
  else if (name == "bodies_bytes")
    limits.bodies_bytes = size;
  else if (name == "thread_idle_ms")
    limits.handler_idle_time = milliseconds(value);
  else if (name == "header_ms")
    limits.header_time = milliseconds(value);
  else if (name == "body_ms")
    limits.body_time = milliseconds(value);
  else if (name == "write_ms")
    limits.write_time = milliseconds(value);
  else if (name == "idle_ms")
    limits.idle_time = milliseconds(value);
  else if (name == "followers")
    limits.followers = size;
  else if (name == "follow_ms")
    limits.follow_time = milliseconds(value);
  else
    throw std::runtime_error("unknown: " + name);
}

}  // namespace

int main(int argc, char** argv) {
  process::block_signals();
  api::ServerOptions options;
  options.tcp = api::TcpAddress{"127.0.0.1", 0};
  std::chrono::milliseconds patience{5000};
  for (int at = 1; at < argc; ++at) {
    const std::string text = argv[at];
    const auto equals = text.find('=');
    const auto name = text.substr(0, equals), value = text.substr(equals + 1);
    if (name == "socket")
      options.local = api::LocalAddress{value, ""};
    else if (name == "tcp")
      options.tcp = api::tcp_address(value).value();
    else if (name == "insecure")
      options.beyond_loopback = true;
    else if (name == "patience_ms")
      patience = std::chrono::milliseconds(std::stoi(value));
    else
      set_limit(options.limits, name, std::stoi(value));
  }

  base::SystemClock clock;
  base::Log log(clock);
  fakes::MemoryTokens store;
  store.add_client("tester", "secret-of-tester", api::Role::admin);
  store.add_client("reader", "secret-of-reader", api::Role::reader);
  api::Tokens tokens(store, clock);
  api::Router router;
  api::add_health_routes(router, [] { return true; });
  api::add_token_routes(router, tokens);
  add_routes(router);
  const api::Guard guard({}, [&](std::string_view token) { return tokens.identify(token); });
  const api::Entrance entrance(router, guard, log);

  boost::asio::io_context engine{1};
  auto work = boost::asio::make_work_guard(engine);
  std::thread turning([&] { engine.run(); });
  int code = 0;
  {
    auto server = api::Server::open(engine.get_executor(), entrance, log, clock, options);
    if (server) {
      std::printf("port %d\n", (*server)->port());
      std::fflush(stdout);
      process::await_signal();
      (*server)->stop(patience);
    } else {
      std::printf("%s\n", server.error().message.c_str());
      code = 3;
    }
  }
  work.reset();
  engine.stop();
  turning.join();
  return code;
}

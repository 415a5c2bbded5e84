#include "docker/engine_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "docker/engine_json.h"
#include "docker/engine_target.h"

// What is waited for has a name first: g++ 12 destroys some temporaries of a co_await twice.

namespace wharf::docker {
namespace {

using Json = nlohmann::json;

constexpr unsigned kAlreadySo = 304;
constexpr const char* kJson = "application/json";

std::string network_body(const std::string& name,
                         const std::map<std::string, std::string>& labels) {
  const Json body = {{"Name", name},
                     {"Driver", "bridge"},
                     {"CheckDuplicate", true},
                     {"Labels", labels},
                     {"Options", {{"com.docker.network.bridge.enable_icc", "false"}}}};
  return body.dump(-1, ' ', false, Json::error_handler_t::replace);
}

EngineError refusal_of(const HttpAnswer& answer) {
  const auto message = message_in(answer.body);
  return {fault_of_answer(answer.status, message),
          fmt::format("the engine says: {} ({})", message, answer.status)};
}

EngineError too_old(const std::string& socket, const ApiVersion& theirs) {
  return {EngineFault::unsupported,
          fmt::format("engine at {}: it speaks API {}; Wharf needs {} or newer: Docker 20.10, "
                      "Podman 4",
                      socket, theirs.text(), kOldestApi.text())};
}

}  // namespace

EngineAnswer<EngineClient> EngineClient::connect(std::string socket, EnginePatience patience) {
  const UnixHttp http(std::move(socket));
  auto asking = http.ask({.target = "/_ping"}, {.patience = patience.answer});
  auto answer = co_await std::move(asking);
  if (!answer) co_return std::move(answer).error();
  if (!answer->success()) co_return refusal_of(*answer);
  auto theirs = api_version_in(answer->api_version);
  if (!theirs) co_return std::move(theirs).error();
  if (*theirs < kOldestApi) co_return too_old(http.socket(), *theirs);
  co_return EngineClient(http, std::min(*theirs, kNewestApi), patience);
}

HttpRequest EngineClient::question(std::string method, std::string_view path) const {
  return {.method = std::move(method), .target = fmt::format("/v{}{}", version_.text(), path)};
}

EngineAnswer<HttpAnswer> EngineClient::ask(HttpRequest request) const {
  return ask(std::move(request), {.patience = patience_.answer});
}

// 304: it stands already as it was asked to.
EngineAnswer<HttpAnswer> EngineClient::ask(HttpRequest request, HttpLimits limits) const {
  auto asking = http_.ask(std::move(request), limits);
  auto answer = co_await std::move(asking);
  if (!answer) co_return std::move(answer).error();
  if (!answer->success() && answer->status != kAlreadySo) co_return refusal_of(*answer);
  co_return answer;
}

EngineAnswer<HttpLines> EngineClient::open(HttpRequest request, HttpLimits limits) const {
  auto opening = http_.open_lines(std::move(request), limits);
  auto lines = co_await std::move(opening);
  if (!lines) co_return std::move(lines).error();
  if (lines->refusal()) co_return refusal_of(*lines->refusal());
  co_return lines;
}

EngineAnswer<void> EngineClient::tell(HttpRequest request) const {
  auto asking = ask(std::move(request));
  auto answer = co_await std::move(asking);
  if (!answer) co_return std::move(answer).error();
  co_return EngineResult<void>();
}

EngineAnswer<void> EngineClient::ping() const {
  return tell(question("GET", "/_ping"));
}

EngineAnswer<EngineInfo> EngineClient::info() const {
  auto asking = ask(question("GET", "/info"));
  auto answer = co_await std::move(asking);
  if (!answer) co_return std::move(answer).error();
  co_return engine_info_in(answer->body);
}

EngineAnswer<void> EngineClient::ensure_network(std::string name,
                                                std::map<std::string, std::string> labels) const {
  auto asking = ask(question("GET", "/networks/" + in_target_path(name)));
  auto found = co_await std::move(asking);
  if (found) co_return EngineResult<void>();
  if (found.error().fault != EngineFault::not_found) co_return std::move(found).error();
  auto request = question("POST", "/networks/create");
  request.content_type = kJson;
  request.body = network_body(name, labels);
  auto making = tell(std::move(request));
  auto made = co_await std::move(making);
  // Somebody else was faster.
  if (!made && made.error().fault == EngineFault::conflict) co_return EngineResult<void>();
  co_return made;
}

EngineAnswer<void> EngineClient::remove_network(std::string name) const {
  return tell(question("DELETE", "/networks/" + in_target_path(name)));
}

EngineAnswer<EngineEvents> EngineClient::events(EngineFilters filters) const {
  auto opening = open(question("GET", "/events?filters=" + filters_in_query(filters)),
                      {.patience = std::chrono::milliseconds(0)});
  auto lines = co_await std::move(opening);
  if (!lines) co_return std::move(lines).error();
  co_return EngineEvents(std::move(*lines));
}

EngineAnswer<EngineEvent> EngineEvents::next() {
  auto reading = lines_.next();
  auto line = co_await std::move(reading);
  if (!line) co_return std::move(line).error();
  if (!*line) co_return EngineError{EngineFault::gone, "the engine tells no more events"};
  co_return event_in(**line);
}

}  // namespace wharf::docker

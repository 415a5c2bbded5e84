// The client's part that deals with containers.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "docker/engine_client.h"
#include "docker/engine_json.h"
#include "docker/engine_target.h"

namespace wharf::docker {
namespace {

std::string container_path(const std::string& container, std::string_view rest) {
  return fmt::format("/containers/{}{}", in_target_path(container), rest);
}

EngineResult<std::string> body_of(const ContainerPlan& plan) {
  try {
    return create_body(plan).dump();
  } catch (const nlohmann::json::type_error&) {
    return EngineError{EngineFault::refused,
                       fmt::format("container '{}': a text of its plan is not UTF-8", plan.name)};
  }
}

// Engines say "no such image" of a create alone; every other 404 is about what the plan names.
EngineError create_error(EngineError error) {
  const bool image =
      error.fault == EngineFault::not_found && error.message.find("image") != std::string::npos;
  return image ? EngineError{EngineFault::image_not_found, std::move(error.message)} : error;
}

}  // namespace

EngineAnswer<std::string> EngineClient::create(ContainerPlan plan) const {
  auto body = body_of(plan);
  if (!body) co_return std::move(body).error();
  auto request = question("POST", "/containers/create?name=" + in_target_query(plan.name));
  request.content_type = "application/json";
  request.body = std::move(*body);
  auto asking = ask(std::move(request));
  auto answer = co_await std::move(asking);
  if (!answer) co_return create_error(std::move(answer).error());
  co_return new_id_in(answer->body);
}

EngineAnswer<void> EngineClient::put_files(std::string container, std::string directory,
                                           std::vector<ArchiveFile> files) const {
  auto archive = tar_of(files);
  if (!archive) co_return EngineError{EngineFault::refused, std::move(archive).error().message};
  auto request =
      question("PUT", container_path(container, "/archive?path=" + in_target_query(directory)));
  request.content_type = "application/x-tar";
  request.body = std::move(*archive);
  auto telling = tell(std::move(request));
  co_return co_await std::move(telling);
}

EngineAnswer<void> EngineClient::start(std::string container) const {
  return tell(question("POST", container_path(container, "/start")));
}

EngineAnswer<int> EngineClient::wait(std::string container) const {
  auto asking = ask(question("POST", container_path(container, "/wait?condition=not-running")),
                    {.patience = std::chrono::milliseconds(0)});
  auto answer = co_await std::move(asking);
  if (!answer) co_return std::move(answer).error();
  co_return exit_code_in(answer->body);
}

// The engine answers when the container has ended.
EngineAnswer<void> EngineClient::stop(std::string container, std::chrono::seconds grace) const {
  auto request =
      question("POST", container_path(container, fmt::format("/stop?t={}", grace.count())));
  auto asking = ask(std::move(request), {.patience = patience_.answer + grace});
  auto answer = co_await std::move(asking);
  if (!answer) co_return std::move(answer).error();
  co_return EngineResult<void>();
}

EngineAnswer<void> EngineClient::kill(std::string container, std::string signal) const {
  return tell(
      question("POST", container_path(container, "/kill?signal=" + in_target_query(signal))));
}

EngineAnswer<ContainerState> EngineClient::inspect(std::string container) const {
  auto asking = ask(question("GET", container_path(container, "/json")));
  auto answer = co_await std::move(asking);
  if (!answer) co_return std::move(answer).error();
  co_return container_state_in(answer->body);
}

EngineAnswer<void> EngineClient::remove(std::string container, Removal how) const {
  auto telling = tell(question(
      "DELETE", container_path(container, fmt::format("?force={}&v={}", how.force, how.volumes))));
  auto removed = co_await std::move(telling);
  if (removed) co_return removed;
  const bool going = removed.error().fault == EngineFault::conflict &&
                     removed.error().message.find("already in progress") != std::string::npos;
  if (going || removed.error().fault == EngineFault::not_found) co_return EngineResult<void>();
  co_return removed;
}

EngineAnswer<std::vector<ListedContainer>> EngineClient::list(EngineFilters filters) const {
  auto asking =
      ask(question("GET", "/containers/json?all=true&filters=" + filters_in_query(filters)));
  auto answer = co_await std::move(asking);
  if (!answer) co_return std::move(answer).error();
  co_return container_list_in(answer->body);
}

}  // namespace wharf::docker

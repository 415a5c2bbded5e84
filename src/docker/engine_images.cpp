// The client's part that deals with images.
#include <fmt/format.h>

#include "docker/engine_client.h"
#include "docker/engine_json.h"
#include "docker/engine_target.h"

namespace wharf::docker {
namespace {

std::string pull_path(const ImageReference& image) {
  const auto& ending = image.digest.empty() ? image.tag : image.digest;
  return fmt::format("/images/create?fromImage={}&tag={}",
                     in_target_query(image.registry + "/" + image.repository),
                     in_target_query(ending));
}

}  // namespace

EngineAnswer<ImageFacts> EngineClient::image(std::string name) const {
  auto asking = ask(question("GET", fmt::format("/images/{}/json", in_target_path(name))));
  auto answer = co_await std::move(asking);
  if (!answer && answer.error().fault == EngineFault::not_found) {
    co_return EngineError{EngineFault::image_not_found, answer.error().message};
  }
  if (!answer) co_return std::move(answer).error();
  co_return image_facts_in(answer->body);
}

// An engine may end its lines without a word of what went wrong, so that the image is here is asked
// for.
EngineAnswer<void> EngineClient::pull(ImageReference image_name,
                                      std::optional<std::string> registry_auth,
                                      std::function<void(const PullProgress&)> progress) const {
  const std::string name = image_name.full_name();
  const std::string doing = fmt::format("pulling {}", image_name.short_name());
  auto request = question("POST", pull_path(image_name));
  if (registry_auth) request.headers = {{"X-Registry-Auth", *registry_auth}};
  auto opening = open(std::move(request), {.patience = patience_.pull_silence});
  auto lines = co_await std::move(opening);
  if (!lines) co_return std::move(lines).error().during(doing);
  PullMeter meter;
  PullProgress shown_last;
  while (true) {
    auto reading = lines->next();
    auto line = co_await std::move(reading);
    if (!line) co_return std::move(line).error().during(doing);
    if (!*line) break;
    auto taken = meter.take(**line);
    if (!taken) co_return std::move(taken).error().during(doing);
    if (!progress || meter.progress() == shown_last) continue;
    shown_last = meter.progress();
    progress(shown_last);
  }
  auto looking = image(name);
  auto there = co_await std::move(looking);
  if (!there) co_return std::move(there).error().during(doing);
  co_return EngineResult<void>();
}

}  // namespace wharf::docker

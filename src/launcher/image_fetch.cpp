#include "launcher/image_fetch.h"

#include <base/private_file.h>
#include <docker/image_reference.h>
#include <docker/registry_logins.h>
#include <fmt/format.h>
#include <launcher/pull_news.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>

namespace wharf::launcher {
namespace {

using docker::EngineClient;
using docker::EngineError;
using docker::EngineFault;
using docker::ImageReference;
using docker::RegistryLogins;

/// No file of logins is longer.
constexpr std::size_t kLoginsLimit = 1 << 20;

docker::EngineResult<RegistryLogins> logins_in(const std::filesystem::path& file) {
  if (file.empty()) return RegistryLogins();
  const auto refused = [](const Error& why) {
    return EngineError(EngineFault::registry_refused, why.message);
  };
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    return EngineError(EngineFault::registry_refused,
                       fmt::format("the registry logins in {} cannot be read", file.string()));
  }
  std::string text(kLoginsLimit, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  auto logins = RegistryLogins::parse(text);
  if (!logins) return refused(std::move(logins).error().during(file.string()));
  return std::move(*logins);
}

// What goes with the pull as X-Registry-Auth: a secret, which is in no message and no log.
docker::EngineResult<std::optional<std::string>> login_for(const RegistryLogins& logins,
                                                           const ImageReference& image,
                                                           const std::filesystem::path& file) {
  auto header = logins.header_for(image);
  if (!header) return header;
  if (auto kept = base::require_private_file(file); !kept) {
    return EngineError(EngineFault::registry_refused, kept.error().message);
  }
  return header;
}

// Why a registry may refuse us although somebody has logged in.
EngineError with_helper(EngineError error, const RegistryLogins& logins,
                        const ImageReference& image) {
  const auto helper = logins.unused_helper_for(image);
  if (!helper || error.fault != EngineFault::registry_refused) return error;
  error.message += fmt::format(
      "; its login is kept by the credential helper '{}', which Wharf does not run: docker login "
      "without it writes one into config.json",
      *helper);
  return error;
}

docker::EngineAnswer<void> pull(const EngineClient& engine, const ImageReference& image,
                                const ImageWish& wish) {
  auto logins = logins_in(wish.logins);
  if (!logins) co_return std::move(logins).error();
  auto header = login_for(*logins, image, wish.logins);
  if (!header) co_return std::move(header).error();
  const auto now = [] { return std::chrono::steady_clock::now(); };
  PullNews news(wish.news, image.short_name(), now());
  auto pulling = engine.pull(image, std::move(*header), [&](const docker::PullProgress& progress) {
    news.note(progress, now());
  });
  auto pulled = co_await std::move(pulling);
  if (!pulled) co_return with_helper(std::move(pulled).error(), *logins, image);
  news.end(now());
  co_return pulled;
}

}  // namespace

docker::EngineAnswer<docker::ImageFacts> fetch_image(EngineClient engine, docker::EngineInfo info,
                                                     ImageWish wish) {
  auto reference = docker::parse_image_reference(wish.reference);
  if (!reference) co_return EngineError(EngineFault::refused, reference.error().message);
  const auto name = reference->full_name();
  auto looking = engine.image(name);
  auto found = co_await std::move(looking);
  if (!found && found.error().fault == EngineFault::image_not_found) {
    auto pulling = pull(engine, *reference, wish);
    auto pulled = co_await std::move(pulling);
    if (!pulled) co_return std::move(pulled).error();
    auto again = engine.image(name);
    found = co_await std::move(again);
  }
  if (!found) co_return std::move(found).error();
  if (auto fits = docker::check_platform(*found, info); !fits) co_return std::move(fits).error();
  co_return std::move(*found);
}

}  // namespace wharf::launcher

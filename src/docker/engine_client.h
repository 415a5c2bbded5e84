#pragma once

#include "docker/container_plan.h"
#include "docker/engine_values.h"
#include "docker/image_reference.h"
#include "docker/pull_progress.h"
#include "docker/tar_writer.h"
#include "docker/unix_http.h"

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wharf::docker {

template <class T>
using EngineAnswer = boost::asio::awaitable<EngineResult<T>>;

/// The newest Engine API that we know, and the oldest that we take: Docker 20.10's, which is also
/// what Podman 4 speaks.
inline constexpr ApiVersion kNewestApi{1, 47};
inline constexpr ApiVersion kOldestApi{1, 41};

/// How long we wait for an engine.
struct EnginePatience {
  std::chrono::milliseconds answer{std::chrono::seconds(60)};
  /// Silence of a registry or of an unpacking disk.
  std::chrono::milliseconds pull_silence{std::chrono::minutes(5)};
};

/// Which containers or events: `label` → `wharf.deployment=…`, `type` → `container`.
using EngineFilters = std::map<std::string, std::vector<std::string>>;

/// What an engine tells as it happens. Belongs to one strand; destroyed, it hangs up.
class EngineEvents {
 public:
  /// The next event. That nothing more comes is a failure, `gone`; to subscribe anew, and to look
  /// what was missed, is the caller's part.
  EngineAnswer<EngineEvent> next();

 private:
  friend class EngineClient;
  explicit EngineEvents(HttpLines lines) : lines_(std::move(lines)) {}

  HttpLines lines_;
};

/// Speaks the Engine API with one Docker or Podman engine of this host. Holds a path and a version,
/// no connection, and never changes: any strand may ask, any number at once. To outlive its calls,
/// not what they return. Nothing blocks. A coroutine that is destroyed or cancelled hangs up; what
/// the engine had begun to do, it may do all the same. Refusals keep the engine's words, and are
/// the fault that they mean (EngineFault).
class EngineClient {
 public:
  /// Asks the engine at a socket (engine_socket) which versions it speaks. Fails with `unsupported`
  /// if they are all older than kOldestApi. An engine that is replaced by an older one in its life
  /// is to be connected to again.
  static EngineAnswer<EngineClient> connect(std::string socket, EnginePatience patience = {});

  const std::string& socket() const { return http_.socket(); }
  const ApiVersion& api_version() const { return version_; }

  /// Whether it answers.
  EngineAnswer<void> ping() const;
  EngineAnswer<EngineInfo> info() const;

  /// An image that is here, by its full name or id. Else `image_not_found`.
  EngineAnswer<ImageFacts> image(std::string name) const;
  /// Gets an image from its registry. `registry_auth` is RegistryLogins::header_for(). `progress`
  /// is called on the coroutine's strand, only when the progress is another, and may be empty. The
  /// image is here afterwards, or it is a failure.
  EngineAnswer<void> pull(ImageReference image, std::optional<std::string> registry_auth,
                          std::function<void(const PullProgress&)> progress) const;

  /// Makes a container, and answers its id. `conflict`: the name is in use. `image_not_found`: the
  /// image is not here; nothing is pulled.
  EngineAnswer<std::string> create(ContainerPlan plan) const;
  /// Writes files into a container, which need not run, below an existing `directory` of it.
  EngineAnswer<void> put_files(std::string container, std::string directory,
                               std::vector<ArchiveFile> files) const;
  /// Starts it; one that runs already is none the worse. `entrypoint_not_found` if it has no such
  /// program.
  EngineAnswer<void> start(std::string container) const;
  /// Waits, as long as it takes, until it does not run, and answers its exit code: 128 + n for
  /// signal n. That the kernel killed it for its memory is in inspect().
  EngineAnswer<int> wait(std::string container) const;
  /// Its stop signal, and SIGKILL after `grace`. One that has ended is none the worse.
  EngineAnswer<void> stop(std::string container, std::chrono::seconds grace) const;
  /// Sends `SIGKILL` or another to its process 1. `conflict` if it does not run.
  EngineAnswer<void> kill(std::string container, std::string signal) const;
  EngineAnswer<ContainerState> inspect(std::string container) const;
  struct Removal {
    bool force = false;    ///< kills it first
    bool volumes = false;  ///< with its anonymous volumes
  };
  /// One that is gone, or about to go, is a success.
  EngineAnswer<void> remove(std::string container, Removal how) const;
  /// All that fit, ended ones too.
  EngineAnswer<std::vector<ListedContainer>> list(EngineFilters filters) const;

  /// What happens from now on. It is listened to when this returns.
  EngineAnswer<EngineEvents> events(EngineFilters filters) const;

  /// Makes a bridge network whose containers do not see each other, unless there is one of that
  /// name.
  EngineAnswer<void> ensure_network(std::string name,
                                    std::map<std::string, std::string> labels) const;
  EngineAnswer<void> remove_network(std::string name) const;

 private:
  EngineClient(UnixHttp http, ApiVersion version, EnginePatience patience)
      : http_(std::move(http)), version_(version), patience_(patience) {}

  HttpRequest question(std::string method, std::string_view path) const;
  EngineAnswer<HttpAnswer> ask(HttpRequest request) const;
  EngineAnswer<HttpAnswer> ask(HttpRequest request, HttpLimits limits) const;
  EngineAnswer<HttpLines> open(HttpRequest request, HttpLimits limits) const;
  EngineAnswer<void> tell(HttpRequest request) const;

  UnixHttp http_;
  ApiVersion version_;
  EnginePatience patience_;
};

}  // namespace wharf::docker

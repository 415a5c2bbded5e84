#include "docker/engine_values.h"

#include <fmt/format.h>

#include "base/text.h"

namespace wharf::docker {

std::string ApiVersion::text() const {
  return fmt::format("{}.{}", major_number, minor_number);
}

EngineResult<void> check_usable(const EngineInfo& engine) {
  if (engine.os != "linux") {
    return EngineError{EngineFault::unsupported,
                       fmt::format("the engine runs on '{}'; connectors need Linux", engine.os)};
  }
  const auto runtime = base::to_lower(engine.default_runtime);
  const bool gvisor =
      runtime.find("runsc") != std::string::npos || runtime.find("gvisor") != std::string::npos;
  const bool kata = runtime.find("kata") != std::string::npos;
  if (gvisor || kata) {
    return EngineError{
        EngineFault::unsupported,
        fmt::format(
            "the engine's default runtime is '{}': {} containers cannot share FIFOs and "
            "sockets with this host. Make runc or crun the default, or give Wharf an engine "
            "of its own (docker.host)",
            engine.default_runtime, gvisor ? "gVisor" : "Kata")};
  }
  return {};
}

EngineResult<void> check_platform(const ImageFacts& image, const EngineInfo& engine) {
  const bool system = image.os.empty() || image.os == engine.os;
  const bool processor = image.architecture.empty() || engine.architecture.empty() ||
                         image.architecture == engine.architecture ||
                         // A 64-bit x86 or ARM runs what was made for its 32-bit parent.
                         (engine.architecture == "amd64" && image.architecture == "386") ||
                         (engine.architecture == "arm64" && image.architecture == "arm");
  if (system && processor) return {};
  return EngineError{EngineFault::wrong_platform,
                     fmt::format("the image is for {}/{}, this host is {}/{}", image.os,
                                 image.architecture, engine.os, engine.architecture)};
}

}  // namespace wharf::docker

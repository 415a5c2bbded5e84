#pragma once

#include "daemon/docker_settings.h"
#include "daemon/endpoint.h"

#include <filesystem>
#include <memory>

namespace wharf::daemon {

/// Puts questions to connectors for somebody who waits: an engine of its own, no store. One thread.
class Questions {
 public:
  /// `data_directory`: where the shim is put; nothing else is touched there. `docker`: where images
  /// run.
  static Result<std::unique_ptr<Questions>> open(const std::filesystem::path& data_directory,
                                                 const DockerSettings& docker);
  ~Questions();

  Result<protocol::ConnectorSpecification> spec(const Respondent& respondent);
  /// The configuration against the spec first: a violation is FAILED without asking the connector.
  Result<protocol::ConnectionStatus> check(const Endpoint& endpoint);
  Result<protocol::Catalog> discover(const Endpoint& endpoint);

 private:
  class Work;
  explicit Questions(std::unique_ptr<Work> work);
  std::unique_ptr<Work> work_;
};

}  // namespace wharf::daemon

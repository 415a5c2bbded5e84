#pragma once

#include "daemon/docker_settings.h"
#include "daemon/endpoint.h"

#include <filesystem>
#include <memory>

namespace wharf::daemon {

/// Puts questions to connectors for somebody who waits: an engine of its own, and a store only to
/// look into. One thread.
class Questions {
 public:
  /// `data_directory`: where the shim is put, and whose store may know a spec, whoever has it open.
  /// `docker`: where images run.
  static Result<std::unique_ptr<Questions>> open(const std::filesystem::path& data_directory,
                                                 const DockerSettings& docker);
  ~Questions();

  Result<protocol::ConnectorSpecification> spec(const Respondent& respondent);
  /// The configuration against the spec first, if possible against what the store remembers of it:
  /// a violation is an error, and the connector is not asked.
  Result<protocol::ConnectionStatus> check(const Endpoint& endpoint);
  Result<protocol::Catalog> discover(const Endpoint& endpoint);

 private:
  class Work;
  explicit Questions(std::unique_ptr<Work> work);
  Result<void> fits_spec(const Endpoint& endpoint);
  std::unique_ptr<Work> work_;
};

}  // namespace wharf::daemon

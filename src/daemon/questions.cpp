#include "daemon/questions.h"

#include "daemon/core.h"
#include "workload/run_directory.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

namespace wharf::daemon {

namespace asio = boost::asio;

namespace {
constexpr std::chrono::seconds kPatienceWithRemovals{10};
}

class Questions::Work {
 public:
  Work(std::unique_ptr<launcher::Launchers> launcher, std::filesystem::path runs)
      : launcher_(std::move(launcher)), inquiry_(*launcher_, std::move(runs), clock_, nullptr) {}

  ~Work() { launcher_->containers().end(kPatienceWithRemovals); }

  Inquiry& inquiry() { return inquiry_; }

  template <class T>
  T wait(asio::awaitable<T> asked) {
    return asio::co_spawn(engine_.executor(), std::move(asked), asio::use_future).get();
  }

 private:
  base::SystemClock clock_;
  std::unique_ptr<launcher::Launchers> launcher_;
  Inquiry inquiry_;
  Engine engine_;
};

Questions::Questions(std::unique_ptr<Work> work) : work_(std::move(work)) {}
Questions::~Questions() = default;

Result<std::unique_ptr<Questions>> Questions::open(const std::filesystem::path& data_directory,
                                                   const DockerSettings& docker) {
  auto launcher = make_launcher(data_directory, docker, {});
  if (!launcher) return std::move(launcher).error();
  auto runs = workload::find_runs_directory();
  if (!runs) return std::move(runs).error();
  return std::unique_ptr<Questions>(
      new Questions(std::make_unique<Work>(std::move(*launcher), std::move(*runs))));
}

Result<protocol::ConnectorSpecification> Questions::spec(const Respondent& respondent) {
  return work_->wait(work_->inquiry().spec(respondent));
}

Result<protocol::ConnectionStatus> Questions::check(const Endpoint& endpoint) {
  // Built-ins hold their configuration to their own spec.
  if (!endpoint.respondent.definition.is_builtin()) {
    auto spec = this->spec(endpoint.respondent);
    if (!spec) return std::move(spec).error();
    auto found = violations(endpoint, *spec);
    if (!found.empty()) return protocol::ConnectionStatus{false, as_error(found).message};
  }
  return work_->wait(work_->inquiry().check(endpoint.respondent, endpoint.resolved_config));
}

Result<protocol::Catalog> Questions::discover(const Endpoint& endpoint) {
  return work_->wait(
      work_->inquiry().discover(endpoint.respondent, endpoint.resolved_config, true));
}

}  // namespace wharf::daemon

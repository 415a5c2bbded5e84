#include "daemon/questions.h"

#include "daemon/core.h"
#include "database/migrations.h"
#include "sqlite/migrate.h"
#include "workload/run_directory.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

namespace wharf::daemon {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds kPatienceWithRemovals{10};

using Spec = protocol::ConnectorSpecification;

// Read beside whoever holds the directory. What cannot be read, or is of another version, knows
// nothing.
std::optional<Spec> remembered_in(const std::filesystem::path& file,
                                  const definition::Definition& definition) {
  if (std::error_code none; !std::filesystem::exists(file, none)) return std::nullopt;
  try {
    sqlite::Connection store(file.string(), {.access = sqlite::Connection::Access::read_only});
    if (!sqlite::require_known(store, database::migrations())) return std::nullopt;
    sqlite::Transaction view(store, sqlite::Transaction::Kind::deferred);
    return remembered_spec(store, definition);
  } catch (const sqlite::SqliteError&) {
    return std::nullopt;
  }
}

}  // namespace

class Questions::Work {
 public:
  Work(std::filesystem::path store, std::unique_ptr<launcher::Launchers> launcher,
       std::filesystem::path runs)
      : store_(std::move(store)),
        launcher_(std::move(launcher)),
        inquiry_(*launcher_, std::move(runs), clock_, nullptr) {}

  ~Work() { launcher_->containers().end(kPatienceWithRemovals); }

  Inquiry& inquiry() { return inquiry_; }
  const std::filesystem::path& store() const { return store_; }

  template <class T>
  T wait(asio::awaitable<T> asked) {
    return asio::co_spawn(engine_.executor(), std::move(asked), asio::use_future).get();
  }

 private:
  const std::filesystem::path store_;
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
  return std::unique_ptr<Questions>(new Questions(
      std::make_unique<Work>(data_directory / "wharf.db", std::move(*launcher), std::move(*runs))));
}

Result<protocol::ConnectorSpecification> Questions::spec(const Respondent& respondent) {
  return work_->wait(work_->inquiry().spec(respondent));
}

Result<void> Questions::fits_spec(const Endpoint& endpoint) {
  const auto& definition = endpoint.respondent.definition;
  if (definition.is_builtin()) return {};  // it holds its configuration to its spec itself
  if (const auto known = remembered_in(work_->store(), definition)) {
    if (violations(endpoint, *known).empty()) return {};
  }
  // Asked anew before anything is refused: another image may have the name by now.
  auto spec = this->spec(endpoint.respondent);
  if (!spec) return std::move(spec).error();
  const auto found = violations(endpoint, *spec);
  if (found.empty()) return {};
  return as_error(found);
}

Result<protocol::ConnectionStatus> Questions::check(const Endpoint& endpoint) {
  if (auto fits = fits_spec(endpoint); !fits) return std::move(fits).error();
  return work_->wait(work_->inquiry().check(endpoint.respondent, endpoint.resolved_config));
}

Result<protocol::Catalog> Questions::discover(const Endpoint& endpoint) {
  return work_->wait(
      work_->inquiry().discover(endpoint.respondent, endpoint.resolved_config, true));
}

}  // namespace wharf::daemon

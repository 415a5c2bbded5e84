#include "connectors/destination_sqlite/destination_sqlite.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "connectors/destination_sqlite/configuration.h"
#include "connectors/destination_sqlite/failures.h"
#include "connectors/destination_sqlite/sqlite_writer.h"

namespace wharf::connectors {
namespace {

using namespace std::chrono_literals;
using namespace sqlite_destination;

// A writer of ours holds the lock for a second at most.
constexpr auto kCheckTimeout = 5s;

/// Removes a database that was made only to see whether one can be.
class Trial {
 public:
  explicit Trial(std::filesystem::path path)
      : path_(std::move(path)), was_there_(std::filesystem::exists(path_)) {}
  ~Trial() {
    std::error_code ignored;
    if (!was_there_ && std::filesystem::file_size(path_, ignored) == 0)
      std::filesystem::remove(path_, ignored);
  }
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;

 private:
  const std::filesystem::path path_;
  const bool was_there_;
};

class SqliteDestination final : public connector::Destination {
 public:
  protocol::ConnectorSpecification spec() const override {
    protocol::ConnectorSpecification spec;
    spec.connection_specification = configuration_schema();
    spec.supports_incremental = true;
    spec.supported_destination_sync_modes = {protocol::DestinationSyncMode::overwrite,
                                             protocol::DestinationSyncMode::append,
                                             protocol::DestinationSyncMode::append_dedup};
    return spec;
  }

  // All that a write does first, and rolled back: the file, its lock, a table.
  protocol::ConnectionStatus check(const nlohmann::json& config) override {
    try {
      const auto configuration = read_configuration(config);
      by_name(configuration.path, [&] {
        const Trial trial(configuration.path);
        Database database(configuration.path, kCheckTimeout);
        sqlite::Transaction transaction(database);
        database.execute("create table _wharf_check (a); insert into _wharf_check values (1)");
      });
      return {true, ""};
    } catch (const Failure& failure) {
      return {false, failure.what()};
    }
  }

  std::unique_ptr<connector::Writer> open(const nlohmann::json& config,
                                          connector::WriteRequest request) override {
    auto configuration = read_configuration(config);
    const auto path = configuration.path;
    return by_name(path, [&] {
      return std::make_unique<SqliteWriter>(std::move(configuration), std::move(request),
                                            Options{});
    });
  }
};

}  // namespace

std::unique_ptr<connector::Destination> make_destination_sqlite() {
  return std::make_unique<SqliteDestination>();
}

}  // namespace wharf::connectors

#include "connectors/destination_jsonl/destination_jsonl.h"

#include <unistd.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "connectors/destination_jsonl/jsonl_config.h"
#include "connectors/destination_jsonl/row_form.h"
#include "connectors/files/durable_file.h"
#include "connectors/files/output_directory.h"

namespace wharf::connectors {
namespace {

using connector::WriteRequest;
using connector::WriteStream;

std::vector<std::string> file_names(const jsonl::Config& config, const WriteRequest& request) {
  std::vector<std::string> names;
  for (const WriteStream& stream : request.streams) {
    if (stream.dedup) {
      throw Failure(Error{ErrorCode::invalid_config,
                          "stream " + to_string(stream.target) +
                              " is to be deduplicated, and a file of JSON lines cannot be; choose "
                              "append or overwrite",
                          Origin::destination});
    }
    names.push_back(jsonl::file_name(config, stream.target));
  }
  return names;
}

class JsonlWriter final : public connector::Writer {
 public:
  JsonlWriter(const jsonl::Config& config, const WriteRequest& request)
      : directory_(config.paths, request, file_names(config, request)) {
    for (const WriteStream& stream : request.streams) forms_.emplace_back(config, stream);
  }

  protocol::Position position() const override { return directory_.position(); }
  void append(std::size_t stream, const record::RecordBatch& rows) override {
    if (!rows.empty()) forms_[stream].append(rows, directory_.buffer(stream));
  }
  void commit(const connector::Commit& commit) override { directory_.commit(commit); }
  bool takes_uncovered_rows() const override { return true; }

 private:
  files::OutputDirectory directory_;
  std::vector<jsonl::RowForm> forms_;
};

/// Does what a write does: makes the directory, and in it a file that reaches the disk.
void try_to_write(const files::OutputPaths& paths) {
  files::make_directory(paths.directory());
  files::make_directory(paths.inner());
  auto probe = paths.inner() / ("check." + std::to_string(::getpid()));
  files::replace_file(probe, "check\n");
  files::remove_file(probe);
}

class DestinationJsonl final : public connector::Destination {
 public:
  protocol::ConnectorSpecification spec() const override {
    protocol::ConnectorSpecification spec;
    spec.connection_specification = jsonl::config_schema();
    spec.documentation_url = "https://docs.airbyte.com/integrations/destinations/local-json";
    spec.supports_incremental = true;
    spec.supported_destination_sync_modes = {protocol::DestinationSyncMode::append,
                                             protocol::DestinationSyncMode::overwrite};
    return spec;
  }

  protocol::ConnectionStatus check(const nlohmann::json& config) override {
    try {
      try_to_write(jsonl::parse_config(config).paths);
      return {true, ""};
    } catch (const Failure& failure) {
      return {false, failure.error().message};
    }
  }

  std::unique_ptr<connector::Writer> open(const nlohmann::json& config,
                                          WriteRequest request) override {
    return std::make_unique<JsonlWriter>(jsonl::parse_config(config), request);
  }
};

}  // namespace

std::unique_ptr<connector::Destination> make_destination_jsonl() {
  return std::make_unique<DestinationJsonl>();
}

}  // namespace wharf::connectors

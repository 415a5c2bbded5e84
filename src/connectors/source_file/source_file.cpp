#include "connectors/source_file/source_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "connectors/source_file/config.h"
#include "connectors/source_file/file_list.h"
#include "connectors/source_file/sample.h"
#include "connectors/source_file/stream_reader.h"

namespace wharf::connectors {
namespace {

using nlohmann::json;
using namespace source_file;

// What is held of a file is up to twice as long, and its places are counted in 32 bits.
constexpr std::size_t kRecordMax = std::size_t{1} << 30;

class SourceFile final : public connector::Source {
 public:
  protocol::ConnectorSpecification spec() const override {
    protocol::ConnectorSpecification spec;
    spec.connection_specification = config_schema();
    spec.documentation_url = "https://docs.airbyte.com/integrations/sources/file";
    spec.supports_incremental = true;
    return spec;
  }

  protocol::ConnectionStatus check(const json& config) override {
    try {
      for (const StreamConfig& stream : parse_config(config).streams) check_stream(stream);
    } catch (const Failure& failure) {
      return {.succeeded = false, .message = failure.error().message};
    }
    return {.succeeded = true, .message = {}};
  }

  Result<protocol::Catalog> discover(const json& config) override {
    try {
      protocol::Catalog catalog;
      for (const StreamConfig& stream : parse_config(config).streams) {
        catalog.streams.push_back(discover_stream(stream));
      }
      return catalog;
    } catch (const Failure& failure) {
      return failure.error();
    }
  }

  std::unique_ptr<connector::StreamReader> open(const json& config,
                                                connector::StreamRequest request) override {
    const Config all = parse_config(config);
    name_unused_keys(all);
    const std::string& name = request.stream.stream.descriptor.name;
    const StreamConfig* stream = all.find(name);
    if (stream == nullptr) {
      throw Failure(Error{ErrorCode::invalid_config,
                          fmt::format("the configuration has no stream '{}'", name),
                          Origin::source});
    }
    return open_stream(*stream, request,
                       {.record_limit = std::min(request.line_limit, kRecordMax)});
  }

  int parallelism(const json&) const override { return 1; }

 private:
  /// As far as a read goes before its first row, for every file.
  static void check_stream(const StreamConfig& stream) {
    const FileSet set = list_files(stream);
    for (const FileEntry& entry : set.files) {
      const files::InputFile file(entry.path);
      if (set.filetype == Filetype::jsonl) {
        file.encoding_of(set.csv.encoding);
      } else {
        files::CsvReader(file, set.csv, true, {.block = std::size_t{16} << 10});
      }
    }
  }

  static protocol::Stream discover_stream(const StreamConfig& config) {
    const auto columns = discover_columns(config, list_files(config), {});
    protocol::Stream stream;
    stream.descriptor.name = config.name;
    stream.json_schema = record::Schema(columns).to_json_schema();
    stream.supported_sync_modes = {protocol::SyncMode::full_refresh,
                                   protocol::SyncMode::incremental};
    stream.source_defined_cursor = true;
    if (config.metadata_columns) stream.default_cursor_field = {std::string(kFileModified)};
    stream.is_resumable = true;
    for (const std::string& key : config.primary_key) {
      const bool known = std::any_of(columns.begin(), columns.end(),
                                     [&](const auto& column) { return column.name == key; });
      if (!known) {
        throw Failure(Error{
            ErrorCode::invalid_config,
            fmt::format("stream '{}': `primary_key` names '{}', which is no column of its files",
                        config.name, key),
            Origin::source});
      }
      stream.source_defined_primary_key.push_back({key});
    }
    return stream;
  }

  void name_unused_keys(const Config& config) {
    if (std::exchange(unused_named_, true) || config.unused.empty()) return;
    fmt::print(stderr, "keys of the configuration without a use here: {}\n",
               fmt::join(config.unused, ", "));
  }

  bool unused_named_ = false;
};

}  // namespace

std::unique_ptr<connector::Source> make_source_file() {
  return std::make_unique<SourceFile>();
}

}  // namespace wharf::connectors

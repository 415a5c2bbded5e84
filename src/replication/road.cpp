#include "replication/road.h"

#include "definition/resources.h"
#include "workload/ipc_options.h"

#include <wharf/record/schema.h>

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace wharf::replication {
namespace {

using workload::Transport;

std::optional<workload::IpcOptions> ipc_of(const definition::Definition& definition) {
  if (!definition.ipc) return std::nullopt;
  auto options = workload::parse_ipc_options(*definition.ipc);
  if (!options) return std::nullopt;  // such a connector speaks stdio (data-plane 1.1, row 9)
  return std::move(*options);
}

int cpus_of(const definition::Definition& definition, const definition::Resources& usual) {
  const auto* image = std::get_if<definition::Image>(&definition.program);
  return image == nullptr ? 1 : definition::whole_cpus(definition::over(image->resources, usual));
}

// The streams whose fields somebody chose, as the job froze them.
std::vector<std::string> streams_with_chosen_fields(const job::JobConfig& config) {
  const auto settings = nlohmann::json::parse(config.settings, nullptr, false);
  std::vector<std::string> names;
  if (!settings.is_object() || !settings.contains("chosen_fields")) return names;
  for (const auto& name : settings["chosen_fields"]) names.push_back(name.get<std::string>());
  return names;
}

std::unordered_set<std::string> fields_of(const protocol::Stream& stream) {
  std::unordered_set<std::string> fields;
  if (auto schema = record::Schema::from_json_schema(stream.json_schema)) {
    for (const auto& column : schema->columns()) fields.insert(column.name);
  }
  return fields;
}

}  // namespace

Result<Transport> choose_road(const workload::AttemptInput& input, connection::Mode wanted,
                              const definition::Resources& usual) {
  using Forced = workload::TransportFacts::Forced;
  workload::TransportFacts facts;
  if (wanted == connection::Mode::socket) facts.forced = Forced::socket;
  if (wanted == connection::Mode::stdio) facts.forced = Forced::stdio;
  facts.source = ipc_of(input.source.definition);
  facts.destination = ipc_of(input.destination.definition);
  facts.source_cpus = cpus_of(input.source.definition, usual);
  facts.destination_cpus = cpus_of(input.destination.definition, usual);
  facts.is_clear = input.claimed.job.kind == job::JobKind::clear;
  facts.one_end_is_ours =
      input.source.definition.is_builtin() || input.destination.definition.is_builtin();
  return workload::choose_transport(facts);
}

std::string describe(const Transport& road) {
  if (road.medium == workload::Medium::stdio) return "stdio: " + road.reason;
  return fmt::format("socket, {}, {} sockets: {}", record::name_of(road.form), road.sockets,
                     road.reason);
}

std::vector<PumpStream> pump_streams(const workload::AttemptInput& input) {
  const auto& config = input.claimed.job.config;
  const auto chosen = streams_with_chosen_fields(config);
  const bool foreign = !input.source.definition.is_builtin();
  std::vector<PumpStream> streams;
  for (const auto& configured : config.catalog.streams) {
    const auto& name = configured.stream.descriptor;
    const auto& done = input.left_out;
    if (std::find(done.begin(), done.end(), name) != done.end()) continue;
    PumpStream stream{.from = name, .to = input.names.map(name), .fields = {}, .key = {}};
    if (std::find(chosen.begin(), chosen.end(), protocol::to_string(name)) != chosen.end()) {
      stream.fields = fields_of(configured.stream);
    }
    const bool dedup =
        configured.destination_sync_mode == protocol::DestinationSyncMode::append_dedup;
    if (foreign && dedup && configured.sync_mode == protocol::SyncMode::incremental) {
      for (const auto& path : configured.primary_key) {
        if (!path.empty()) stream.key.push_back(path.front());
      }
    }
    streams.push_back(std::move(stream));
  }
  return streams;
}

StdioPump::Options pump_options(const workload::AttemptInput& input) {
  StdioPump::Options options;
  options.line_limit = input.line_limit;
  options.says_complete = input.destination.definition.supports_refreshes;
  for (const auto& stream : input.claimed.job.config.catalog.streams) {
    if (stream.sync_mode == protocol::SyncMode::full_refresh) {
      options.full_refresh.push_back(stream.stream.descriptor);
    }
  }
  return options;
}

}  // namespace wharf::replication

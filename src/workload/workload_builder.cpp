#include "workload/workload_builder.h"

#include "workload/catalogs.h"

#include <algorithm>

namespace wharf::workload {
namespace {

// The job's streams that are still to be read, with their counters.
struct Remaining {
  protocol::ConfiguredCatalog chosen;
  std::vector<checkpoint::Counters> counters;
};

Remaining remaining(const AttemptInput& input) {
  const job::ClaimedJob& claimed = input.claimed;
  Remaining left;
  const auto& streams = claimed.job.config.catalog.streams;
  for (std::size_t i = 0; i < streams.size(); ++i) {
    const auto& done = input.left_out;
    const auto& name = streams[i].stream.descriptor;
    if (std::find(done.begin(), done.end(), name) != done.end()) continue;
    left.chosen.streams.push_back(streams[i]);
    left.counters.push_back(claimed.counters[i]);
  }
  return left;
}

AttemptCatalog catalog_of(const AttemptInput& input, const Remaining& left) {
  return {.chosen = left.chosen,
          .counters = left.counters,
          .job = input.claimed.attempt.job,
          .supports_refreshes = input.destination.definition.supports_refreshes};
}

std::string context_json(const AttemptInput& input, const AttemptCatalog& catalog,
                         const protocol::NamespaceMapping& names) {
  auto context = context_of(catalog, input.connection, input.claimed.attempt.number,
                            input.claimed.global.epoch,
                            input.claimed.job.config.resumable_full_refresh, names);
  context.line_limit = input.line_limit;
  return protocol::to_json(context);
}

Workload sync_workload(Side side, Verb verb, const End& end, const AttemptInput& input,
                       const DataChannel& channel) {
  Workload workload;
  workload.side = side;
  workload.verb = verb;
  workload.program = end.definition.program;
  workload.files.emplace(kConfigFile, end.config);
  workload.channel = channel;
  workload.attempt = input.claimed.attempt;
  workload.connection = input.connection;
  return workload;
}

}  // namespace

Workload destination_workload(const AttemptInput& input, const DataChannel& channel) {
  auto workload = sync_workload(Side::destination, Verb::write, input.destination, input, channel);
  const Remaining left = remaining(input);
  const AttemptCatalog catalog = catalog_of(input, left);
  // Over sockets the destination gets the source's names and maps them by itself.
  const bool socket = channel.medium == Medium::socket;
  const protocol::NamespaceMapping names = socket ? protocol::NamespaceMapping{} : input.names;
  workload.files.emplace(kCatalogFile, protocol::to_json(destination_catalog(catalog, names)));
  if (socket) workload.files.emplace(kNamespaceMappingFile, protocol::to_json(input.names));
  if (input.destination.definition.holds_position) {
    workload.files.emplace(kContextFile, context_json(input, catalog, names));
  }
  return workload;
}

Workload source_workload(const AttemptInput& input, const DataChannel& channel,
                         const protocol::StartState& start) {
  auto workload = sync_workload(Side::source, Verb::read, input.source, input, channel);
  const Remaining left = remaining(input);
  const AttemptCatalog catalog = catalog_of(input, left);
  workload.files.emplace(kCatalogFile, protocol::to_json(source_catalog(catalog)));
  if (!start.empty()) workload.files.emplace(kStateFile, protocol::to_json(start));
  if (input.source.definition.is_builtin()) {
    workload.files.emplace(kContextFile, context_json(input, catalog, {}));
  }
  return workload;
}

Workload question(Verb verb, const definition::Definition& definition,
                  const protocol::JsonText& config) {
  Workload workload;
  workload.side = Side::question;
  workload.verb = verb;
  workload.program = definition.program;
  if (verb != Verb::spec) workload.files.emplace(kConfigFile, config);
  return workload;
}

}  // namespace wharf::workload

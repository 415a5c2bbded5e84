#include "replication/start_facts.h"

#include <algorithm>

namespace wharf::replication {

checkpoint::StartFacts start_facts(const workload::AttemptInput& input, workload::Medium medium,
                                   std::optional<protocol::Position> position) {
  const auto& claimed = input.claimed;
  const auto& config = claimed.job.config;
  checkpoint::StartFacts facts;
  facts.position = std::move(position);
  facts.global = claimed.global;
  facts.attempt = claimed.attempt;
  facts.settled = claimed.job.settled;
  for (std::size_t i = 0; i < config.catalog.streams.size(); ++i) {
    const auto& configured = config.catalog.streams[i];
    const auto& name = configured.stream.descriptor;
    checkpoint::StartStream stream;
    stream.source_name = name;
    // Over sockets the destination knows streams by their source's names.
    stream.destination_name = medium == workload::Medium::socket ? name : input.names.map(name);
    stream.mode = configured.sync_mode;
    stream.resumable = config.resumable_full_refresh && configured.stream.is_resumable;
    stream.is_left_out = std::ranges::find(input.left_out, name) != input.left_out.end();
    stream.counters = claimed.counters[i];
    facts.streams.push_back(std::move(stream));
  }
  return facts;
}

}  // namespace wharf::replication

#pragma once

#include "definition/resources.h"
#include "job/job_steps.h"
#include "workload/workload.h"

#include <wharf/protocol/context.h>
#include <wharf/protocol/state.h>

#include <string>
#include <vector>

namespace wharf::workload {

/// One end of an attempt: which connector, and its configuration with references resolved.
struct End {
  definition::Definition definition;
  std::string name;                            ///< the declared one, for messages
  protocol::JsonText config;                   ///< secrets in clear: for the connector's file only
  definition::ScopedResources resources = {};  ///< its own; not yet in its definition's
};

/// What the workloads of one attempt are made from.
struct AttemptInput {
  base::ConnectionId connection;
  End source;
  End destination;
  job::ClaimedJob claimed;                           ///< its numbers
  std::vector<protocol::StreamDescriptor> left_out;  ///< complete already: in no catalog
  protocol::NamespaceMapping names;
  std::size_t line_limit = protocol::kLineLimit;
};

/// The destination's `write`, without the streams that are complete already.
Workload destination_workload(const AttemptInput& input, const DataChannel& channel);

/// The source's `read` from `start`.
Workload source_workload(const AttemptInput& input, const DataChannel& channel,
                         const protocol::StartState& start);

/// `spec`, `check` and `discover`: one connector, one question. No configuration for `spec`.
Workload question(Verb verb, const definition::Definition& definition,
                  const protocol::JsonText& config);

}  // namespace wharf::workload

#pragma once

#include "connection/connection.h"
#include "connection/references.h"
#include "operation/stored_question.h"
#include "secret/vault.h"
#include "sqlite/connection.h"
#include "workload/workload_builder.h"

#include <string>
#include <vector>

namespace wharf::replication {

/// One attempt to be run: a value.
struct AttemptOrder {
  workload::AttemptInput input;
  connection::Mode mode = connection::Mode::automatic;
  std::vector<operation::StoredQuestion> checks;  ///< to be passed first, in their order
  std::vector<std::string> secrets;               ///< masked in the attempt's log
  connection::Environment environment;            ///< where its references have led
};

/// Whether the attempt may go on: a sync of a connection that is inactive may not, and ends as
/// cancelled. A clear may. Looked at before the attempt and, since checks take their time, behind
/// them; what reads already is not interrupted.
bool is_called_off(sqlite::Connection& store, const job::Job& job);

/// Why such an attempt has no order: `cancelled`.
Error called_off();

/// Everything an attempt needs, from the tables: who moves what where to, with references resolved.
/// Fails (invalid_config, not_found) if a reference leads nowhere; then nothing can be started.
Result<AttemptOrder> make_order(sqlite::Connection& store, const secret::Vault& vault,
                                job::ClaimedJob claimed,
                                const connection::Environment& environment);

}  // namespace wharf::replication

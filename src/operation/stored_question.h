#pragma once

#include "base/ids.h"
#include "definition/answer_table.h"
#include "definition/definition.h"
#include "workload/queued_workload.h"

#include <optional>
#include <string>

namespace wharf::operation {

/// A question about what stands in the store. No secret is in it.
struct StoredQuestion {
  definition::Question asks = definition::Question::check;
  definition::Kind kind = definition::Kind::source;  ///< not for `spec`
  std::string id;  ///< of the source or destination; for `spec` of the definition
  /// The attempt that wants to know; none: somebody who waits at a door, and goes before attempts.
  std::optional<base::AttemptId> attempt = {};
};

/// As the queue keeps it, under an id of its own: `<id>_<job or uuid>_<attempt>_check`
/// (components 1.5). `state`: what stands there now; of two questions with the same one the answer
/// is the same.
workload::WorkloadWish wish_of(const StoredQuestion& question, const std::string& state);

/// What a workload asks; none: it is no question about what stands in this store.
std::optional<StoredQuestion> question_of(const workload::WorkloadWish& wish);

}  // namespace wharf::operation

#pragma once

#include "connection/references.h"
#include "operation/prepared_question.h"
#include "secret/vault.h"
#include "sqlite/transaction.h"
#include "workload/queued_workload.h"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace wharf::operation {

/// What came of a wish: an answer that is known, or the workload that will bring one.
struct AdmittedQuestion {
  std::optional<protocol::JsonText> known;
  std::string workload;
};

/// A workload that is to be asked now; or why it cannot be, which ends it.
struct ClaimedQuestion {
  std::string workload;
  workload::Priority priority;
  Result<PreparedQuestion> prepared;
};

/// Questions in the queue of workloads, each step in the transaction that is handed in: a wish is
/// admitted, its workload claimed, its answer written down. Holds nothing but what configurations
/// are made clear with, which outlives it.
class QuestionQueue {
 public:
  QuestionQueue(const secret::Vault& vault, const connection::Environment& environment)
      : vault_(vault), environment_(environment) {}

  /// An answer younger than `age` will do, and so will a workload that asks the same already.
  Result<AdmittedQuestion> admit(sqlite::Transaction& transaction, const StoredQuestion& question,
                                 std::chrono::milliseconds age, base::WallTime now) const;

  /// Takes the oldest one of the first of `priorities` that has any. None waits: none.
  std::optional<ClaimedQuestion> claim(sqlite::Transaction& transaction,
                                       const std::vector<workload::Priority>& priorities,
                                       base::WallTime now) const;

  /// Ends its workload with what came of it, unless somebody has ended it meanwhile, and keeps the
  /// answer, but that of a failed check, and the connector's new configuration.
  void conclude(sqlite::Transaction& transaction, const PreparedQuestion& prepared,
                const std::string& workload, const QuestionAnswer& came, base::WallTime now) const;

 private:
  const secret::Vault& vault_;
  const connection::Environment& environment_;
};

}  // namespace wharf::operation

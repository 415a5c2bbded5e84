#pragma once
// SQL of answer: what connectors said to spec, check and discover, so that a connector and a
// configuration that are known already are not asked again.

#include <wharf/protocol/json.h>

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "sqlite/transaction.h"

namespace wharf::definition {

enum class Question { spec, check, discover };
std::string_view name_of(Question question);

/// What was asked of whom, with which configuration.
struct AnswerKey {
  Question question = Question::spec;
  std::string connector;    ///< fingerprint of the definition
  std::string config_hash;  ///< base::fingerprint of the configuration; empty for spec
};

struct Answer {
  protocol::JsonText body;
  base::WallTime at;
};

namespace answer_table {

std::optional<Answer> get(sqlite::Connection& connection, const AnswerKey& key);
void put(sqlite::Transaction& transaction, const AnswerKey& key, const Answer& answer);
/// Forgets what was answered before `time`.
void forget_before(sqlite::Transaction& transaction, base::WallTime time);

}  // namespace answer_table
}  // namespace wharf::definition

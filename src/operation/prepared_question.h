#pragma once

#include "connection/references.h"
#include "operation/connector_operation.h"
#include "operation/stored_question.h"
#include "secret/vault.h"
#include "sqlite/connection.h"

#include <wharf/protocol/spec.h>

#include <string>
#include <vector>

namespace wharf::operation {

/// A question with all that asking it takes.
struct PreparedQuestion {
  StoredQuestion question;
  definition::Definition connector;
  std::string who;                   ///< for messages: "source 'shop'"
  protocol::JsonText config;         ///< secrets in clear: for the connector's file only
  std::vector<std::string> secrets;  ///< masked in whatever it answers
  definition::Definition keyed;      ///< the connector as its answer's key names it
  definition::AnswerKey key;         ///< of its answer
};

/// Fails with not_found if it is not in the store, and as stored_end() does.
Result<PreparedQuestion> prepare(sqlite::Connection& store, const StoredQuestion& question,
                                 const secret::Vault& vault,
                                 const connection::Environment& environment);

/// What is asked of the connector, within the time that an attempt gives it.
Question question_to(const PreparedQuestion& prepared);

/// What came of it.
struct QuestionAnswer {
  Result<protocol::JsonText> text;               ///< QuestionDesk::Answered says which text
  std::optional<protocol::JsonText> new_config;  ///< the connector's own, if it is another one
  /// What its first ERROR trace calls itself.
  protocol::FailureType failure_type = protocol::FailureType::system_error;
  std::optional<launcher::SeenImage> image = {};  ///< that has answered
};
/// The key of an answer, by the image that gave it.
definition::AnswerKey key_of(const PreparedQuestion& prepared, const QuestionAnswer& answer);

/// Secrets are masked in it.
QuestionAnswer answer_to(const PreparedQuestion& prepared, Result<Asked> asked);

/// The output of its workload, as Airbyte's launchers give it (ConnectorJobOutput). A catalog is
/// named by its id and not repeated.
protocol::JsonText output_of(const PreparedQuestion& prepared, const QuestionAnswer& answer);

/// A check's answer and its text.
protocol::JsonText text_of(const protocol::ConnectionStatus& status);
protocol::ConnectionStatus connection_status_of(const protocol::JsonText& text);

}  // namespace wharf::operation

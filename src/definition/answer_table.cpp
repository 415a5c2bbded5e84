#include "definition/answer_table.h"

#include "sqlite/statement.h"

namespace wharf::definition {

std::string_view name_of(Question question) {
  switch (question) {
    case Question::spec:
      return "spec";
    case Question::check:
      return "check";
    case Question::discover:
      return "discover";
  }
  return "spec";
}

namespace answer_table {

std::optional<Answer> get(sqlite::Connection& connection, const AnswerKey& key) {
  auto run = connection
                 .statement(R"sql(
                   select body, at
                   from answer
                   where question = ? and connector = ? and config_hash = ?)sql")
                 .run(name_of(key.question), key.connector, key.config_hash);
  if (!run.next()) return std::nullopt;
  return Answer{run.string(0), base::from_millis(run.integer(1))};
}

void put(sqlite::Transaction& transaction, const AnswerKey& key, const Answer& answer) {
  transaction
      .statement(R"sql(
        insert or replace into answer (question, connector, config_hash, body, at)
        values (?, ?, ?, ?, ?))sql")
      .execute(name_of(key.question), key.connector, key.config_hash, answer.body,
               base::to_millis(answer.at));
}

void forget_before(sqlite::Transaction& transaction, base::WallTime time) {
  transaction.statement("delete from answer where at < ?").execute(base::to_millis(time));
}

}  // namespace answer_table
}  // namespace wharf::definition

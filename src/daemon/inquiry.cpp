#include "daemon/inquiry.h"

#include "base/uuid.h"
#include "definition/answer_table.h"
#include "definition/definition_table.h"
#include "replication/await.h"
#include "workload/workload_builder.h"

namespace wharf::daemon {
namespace {

using boost::asio::awaitable;
using definition::AnswerKey;
using workload::Verb;

constexpr std::chrono::hours kCatalogAge{24};

AnswerKey key_of_spec(const definition::Definition& definition) {
  return {definition::Question::spec, definition::fingerprint(definition), {}};
}

// With what is known of its image: a declared one does not come from the store.
definition::Definition recalled(database::Database* store, definition::Definition definition) {
  if (store == nullptr || !std::holds_alternative<definition::Image>(definition.program)) {
    return definition;
  }
  return store->read([&](sqlite::Connection& connection) {
    definition::definition_table::recall_digest(connection, definition);
    return definition;
  });
}

definition::Definition seen(const definition::Definition& definition,
                            const std::optional<launcher::SeenImage>& image) {
  return image ? definition::with_digest(definition, image->digest) : definition;
}

std::optional<definition::Answer> remembered(database::Database* store, const AnswerKey& key) {
  if (store == nullptr) return std::nullopt;
  return store->read([&](sqlite::Connection& connection) {
    return definition::answer_table::get(connection, key);
  });
}

awaitable<void> remember(database::Database* store, AnswerKey key, definition::Answer answer,
                         std::optional<launcher::SeenImage> image) {
  if (store == nullptr) co_return;
  auto put = [&](sqlite::Transaction& transaction) {
    if (image) {
      definition::definition_table::note_digest(transaction, image->reference, image->digest);
    }
    definition::answer_table::put(transaction, key, answer);
  };
  co_await replication::in_database(*store, put);
}

}  // namespace

std::optional<protocol::ConnectorSpecification> remembered_spec(sqlite::Connection& store,
                                                                definition::Definition definition) {
  definition::definition_table::recall_digest(store, definition);
  const auto known = definition::answer_table::get(store, key_of_spec(definition));
  if (!known) return std::nullopt;
  auto spec = protocol::parse_spec(known->body);
  if (!spec) return std::nullopt;
  return std::move(*spec);
}

Inquiry::Inquiry(launcher::Launcher& launcher, std::filesystem::path runs, const base::Clock& clock,
                 database::Database* store, BuiltinSpec builtin_spec, std::size_t line_limit)
    : launcher_(launcher),
      runs_(std::move(runs)),
      clock_(clock),
      store_(store),
      builtin_spec_(std::move(builtin_spec)),
      line_limit_(line_limit) {}

operation::Question Inquiry::question(const Respondent& respondent, Verb verb,
                                      const std::string& config) const {
  operation::Question asked;
  const auto job = verb == Verb::discover ? definition::kDiscoverJob
                   : verb == Verb::check  ? definition::kCheckJob
                                          : definition::kSpecJob;
  const auto said = definition::of_job(respondent.resources, job);
  asked.workload =
      workload::question(verb, definition::with_resources(respondent.definition, said), config);
  asked.who = respondent.who;
  asked.origin =
      respondent.definition.kind == definition::Kind::source ? Origin::source : Origin::destination;
  asked.deadline =
      verb == Verb::discover ? operation::kDiscoverDeadline : operation::kCheckDeadline;
  if (respondent.patience) asked.deadline = *respondent.patience;
  asked.line_limit = line_limit_;
  asked.call_off = call_off_;
  return asked;
}

std::optional<protocol::ConnectorSpecification> Inquiry::known_spec(
    const definition::Definition& definition) const {
  const auto* builtin = std::get_if<definition::Builtin>(&definition.program);
  if (builtin != nullptr && builtin_spec_) {
    if (auto spec = builtin_spec_(builtin->name)) return spec;
  }
  if (store_ == nullptr) return std::nullopt;
  return store_->read(
      [&](sqlite::Connection& store) { return remembered_spec(store, definition); });
}

awaitable<Result<protocol::ConnectorSpecification>> Inquiry::spec(Respondent respondent) {
  if (auto known = known_spec(respondent.definition)) co_return std::move(*known);
  auto asked = question(respondent, Verb::spec, "");
  auto answer = co_await operation::ask(launcher_, runs_, std::move(asked));
  if (!answer) co_return std::move(answer).error();
  auto spec = answer->transcript.spec(answer->exit);
  if (spec) {
    definition::Answer kept{protocol::to_json(*spec), clock_.wall()};
    auto key = key_of_spec(seen(respondent.definition, answer->image));
    co_await remember(store_, std::move(key), std::move(kept), answer->image);
  }
  co_return spec;
}

awaitable<Result<protocol::ConnectionStatus>> Inquiry::check(Respondent respondent,
                                                             std::string config) {
  auto asked = question(respondent, Verb::check, config);
  auto answer = co_await operation::ask(launcher_, runs_, std::move(asked));
  if (!answer) co_return std::move(answer).error();
  co_return answer->transcript.check(answer->exit);
}

awaitable<Result<protocol::Catalog>> Inquiry::discover(Respondent respondent, std::string config,
                                                       bool fresh) {
  AnswerKey key{definition::Question::discover,
                definition::fingerprint(recalled(store_, respondent.definition)),
                base::fingerprint(config)};
  // A built-in answers within milliseconds, and what it reads may have changed.
  const bool may_remember = !respondent.definition.is_builtin();
  if (may_remember && !fresh) {
    auto known = remembered(store_, key);
    if (known && clock_.wall() - known->at < kCatalogAge) {
      auto catalog = protocol::parse_catalog(known->body);
      if (catalog) co_return std::move(*catalog);
    }
  }
  auto asked = question(respondent, Verb::discover, config);
  auto answer = co_await operation::ask(launcher_, runs_, std::move(asked));
  if (!answer) co_return std::move(answer).error();
  auto catalog = answer->transcript.discover(answer->exit);
  if (catalog && may_remember) {
    definition::Answer kept{protocol::to_json(*catalog), clock_.wall()};
    key.connector = definition::fingerprint(seen(respondent.definition, answer->image));
    co_await remember(store_, std::move(key), std::move(kept), answer->image);
  }
  co_return catalog;
}

}  // namespace wharf::daemon

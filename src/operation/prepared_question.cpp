#include "operation/prepared_question.h"

#include "base/text.h"
#include "base/uuid.h"
#include "connection/endpoint_table.h"
#include "definition/definition_table.h"
#include "definition/resources.h"
#include "operation/stored_end.h"
#include "workload/workload_builder.h"

#include <wharf/protocol/codec.h>

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace wharf::operation {
namespace {

using AskedFor = definition::Question;
using nlohmann::json;
using protocol::JsonText;

Origin origin_of(definition::Kind kind) {
  return kind == definition::Kind::source ? Origin::source : Origin::destination;
}

std::string say(std::string_view kind, std::string_view name) {
  return fmt::format("{} '{}'", kind, name);
}

Error not_found(std::string_view what, std::string_view id) {
  return Error{ErrorCode::not_found, fmt::format("{} {} is not in the store", what, id)};
}

Result<PreparedQuestion> prepare_spec(sqlite::Connection& store, PreparedQuestion prepared,
                                      const connection::Environment& environment) {
  const auto& id = prepared.question.id;
  auto definition = definition::definition_table::get(store, base::DefinitionId{id});
  if (!definition) return not_found("definition", id);
  prepared.connector = std::move(*definition);
  prepared.question.kind = prepared.connector.kind;
  prepared.who = say("connector", prepared.connector.name);
  prepared.keyed = prepared.connector;
  prepared.key.connector = definition::fingerprint(prepared.keyed);
  if (auto done = resolve_environment(prepared.connector, environment, prepared.secrets); !done) {
    return std::move(done).error();
  }
  return prepared;
}

Result<JsonText> text_of(Transcript& transcript, AskedFor asks, const process::ExitStatus& exit) {
  if (asks == AskedFor::spec) {
    auto spec = transcript.spec(exit);
    if (!spec) return std::move(spec).error();
    return protocol::to_json(*spec);
  }
  if (asks == AskedFor::discover) {
    auto catalog = transcript.discover(exit);
    if (!catalog) return std::move(catalog).error();
    return protocol::to_json(*catalog);
  }
  auto status = transcript.check(exit);
  if (!status) return std::move(status).error();
  return operation::text_of(*status);
}

std::string dump(const json& document) {
  return document.dump(-1, ' ', false, json::error_handler_t::replace);
}

bool same(const JsonText& one, const JsonText& other) {
  return json::parse(one, nullptr, false) == json::parse(other, nullptr, false);
}

json check_output(const JsonText& text) {
  const auto status = connection_status_of(text);
  return {{"status", status.succeeded ? "succeeded" : "failed"}, {"message", status.message}};
}

}  // namespace

Result<PreparedQuestion> prepare(sqlite::Connection& store, const StoredQuestion& question,
                                 const secret::Vault& vault,
                                 const connection::Environment& environment) {
  PreparedQuestion prepared;
  prepared.question = question;
  prepared.key.question = question.asks;
  if (question.asks == AskedFor::spec) {
    return prepare_spec(store, std::move(prepared), environment);
  }
  const auto kind = definition::name_of(question.kind);
  const auto endpoint = connection::endpoint_table::get(store, question.kind, question.id);
  if (!endpoint) return not_found(kind, question.id);
  auto end = stored_end(store, *endpoint, vault, environment, prepared.secrets);
  if (!end) return std::move(end).error();
  prepared.keyed = end->definition;
  prepared.key.connector = definition::fingerprint(prepared.keyed);
  prepared.key.config_hash = base::fingerprint(end->config);
  prepared.who = say(kind, endpoint->name);
  const auto job =
      question.asks == AskedFor::discover ? definition::kDiscoverJob : definition::kCheckJob;
  prepared.connector = definition::with_resources(std::move(end->definition),
                                                  definition::of_job(end->resources, job));
  prepared.config = std::move(end->config);
  return prepared;
}

Question question_to(const PreparedQuestion& prepared) {
  using workload::Verb;
  Question question;
  const auto asks = prepared.question.asks;
  const auto verb = asks == AskedFor::spec       ? Verb::spec
                    : asks == AskedFor::discover ? Verb::discover
                                                 : Verb::check;
  question.workload = workload::question(verb, prepared.connector, prepared.config);
  question.who = prepared.who;
  question.origin = origin_of(prepared.question.kind);
  question.deadline = verb == Verb::discover ? kDiscoverDeadline : kCheckDeadline;
  return question;
}

QuestionAnswer answer_to(const PreparedQuestion& prepared, Result<Asked> asked) {
  const auto masked = [&](Error error) {
    error.message = base::redact(error.message, prepared.secrets);
    return error;
  };
  if (!asked) return {masked(std::move(asked).error()), {}, {}};
  auto image = std::move(asked->image);
  const auto asks = prepared.question.asks;
  auto text = text_of(asked->transcript, asks, asked->exit);
  if (!text) {
    return {
        masked(std::move(text).error()), {}, asked->transcript.failure_type(), std::move(image)};
  }
  if (asks == AskedFor::check) {
    auto status = connection_status_of(*text);
    status.message = base::redact(status.message, prepared.secrets);
    *text = text_of(status);
  }
  QuestionAnswer answer{std::move(text), {}, {}, std::move(image)};
  const auto& config = asked->transcript.new_config();
  if (asks != AskedFor::spec && config && !same(*config, prepared.config)) {
    answer.new_config = *config;
  }
  return answer;
}

definition::AnswerKey key_of(const PreparedQuestion& prepared, const QuestionAnswer& answer) {
  auto key = prepared.key;
  if (answer.image) {
    key.connector =
        definition::fingerprint(definition::with_digest(prepared.keyed, answer.image->digest));
  }
  return key;
}

JsonText output_of(const PreparedQuestion& prepared, const QuestionAnswer& answer) {
  json output{{"connectorConfigurationUpdated", answer.new_config.has_value()}};
  const auto asks = prepared.question.asks;
  output["outputType"] = asks == AskedFor::spec       ? "spec"
                         : asks == AskedFor::discover ? "discover_catalog_id"
                                                      : "check_connection";
  if (!answer.text) {
    const Error& error = answer.text.error();
    output["failureReason"] = {{"failureOrigin", name_of(error.origin)},
                               {"failureType", protocol::name_of(answer.failure_type)},
                               {"externalMessage", error.message}};
  } else if (asks == AskedFor::spec) {
    output["spec"] = json::parse(*answer.text, nullptr, false);
  } else if (asks == AskedFor::discover) {
    output["discoverCatalogId"] = base::fingerprint(*answer.text);
  } else {
    output["checkConnection"] = check_output(*answer.text);
  }
  return dump(output);
}

JsonText text_of(const protocol::ConnectionStatus& status) {
  return dump({{"status", status.succeeded ? "SUCCEEDED" : "FAILED"}, {"message", status.message}});
}

protocol::ConnectionStatus connection_status_of(const JsonText& text) {
  const auto status = json::parse(text, nullptr, false);
  if (!status.is_object()) return {};
  return {status.value("status", "") == "SUCCEEDED", status.value("message", "")};
}

}  // namespace wharf::operation

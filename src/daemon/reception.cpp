#include "daemon/reception.h"

#include "definition/definition_table.h"
#include "operation/prepared_question.h"

#include <wharf/protocol/codec.h>

#include <fmt/format.h>

#include <future>

namespace wharf::daemon {
namespace {

using definition::Question;
using operation::StoredQuestion;

constexpr std::chrono::seconds kAnswerPatience{30};
constexpr std::chrono::seconds kCatalogPatience{60};
constexpr std::chrono::hours kKnownCatalogAge{24};
constexpr std::chrono::hours kForEver{24 * 365 * 100};

using Answer = Result<protocol::JsonText>;

// The question goes on if nobody waits any more: its answer is there for the next one.
Answer wait_at(operation::QuestionDesk& desk, const StoredQuestion& question,
               std::chrono::milliseconds age, const std::string& who,
               std::chrono::seconds patience) {
  auto said = std::make_shared<std::promise<Answer>>();
  auto answer = said->get_future();
  desk.ask(question, age, [said](Answer text) { said->set_value(std::move(text)); });
  if (answer.wait_for(patience) == std::future_status::ready) return answer.get();
  return Error{ErrorCode::timed_out,
               fmt::format("{} has not answered {} within {} s. It is still asked; try again later",
                           who, definition::name_of(question.asks), patience.count())};
}

std::string said_name(const connection::StoredEndpoint& endpoint) {
  return fmt::format("{} '{}'", definition::name_of(endpoint.kind), endpoint.name);
}

// A built-in answers within milliseconds, and what it reads may have changed.
std::chrono::milliseconds age_of_catalog(Core& core, const connection::StoredEndpoint& endpoint) {
  const auto definition = core.database().read([&](sqlite::Connection& store) {
    return definition::definition_table::get(store, endpoint.definition);
  });
  if (!definition || definition->is_builtin()) return std::chrono::milliseconds(0);
  return kKnownCatalogAge;
}

Result<protocol::ConnectorSpecification> ask_spec(Core& core, const api::Connectors::Asked& asked) {
  const StoredQuestion question{Question::spec, asked.definition.kind, asked.definition.id.value};
  auto text = wait_at(core.questions(), question, kForEver, asked.who, kAnswerPatience);
  if (!text) return std::move(text).error();
  return protocol::parse_spec(*text);
}

Result<protocol::ConnectionStatus> ask_check(Core& core,
                                             const connection::StoredEndpoint& endpoint) {
  const StoredQuestion question{Question::check, endpoint.kind, endpoint.id};
  auto text = wait_at(core.questions(), question, {}, said_name(endpoint), kAnswerPatience);
  if (!text) return std::move(text).error();
  return operation::connection_status_of(*text);
}

Result<protocol::Catalog> ask_discover(Core& core, const connection::StoredEndpoint& endpoint,
                                       bool fresh) {
  const auto age = fresh ? std::chrono::milliseconds(0) : age_of_catalog(core, endpoint);
  const StoredQuestion question{Question::discover, endpoint.kind, endpoint.id};
  auto text = wait_at(core.questions(), question, age, said_name(endpoint), kCatalogPatience);
  if (!text) return std::move(text).error();
  return protocol::parse_catalog(*text);
}

}  // namespace

api::Connectors connectors_of(Core& core, BuiltinSpec builtin_spec) {
  auto known =
      std::make_shared<Inquiry>(core.launcher(), core.runs(), core.clock(), &core.database(),
                                std::move(builtin_spec), core.line_limit());
  api::Connectors connectors;
  connectors.known_spec = [known](const definition::Definition& definition) {
    return known->known_spec(definition);
  };
  connectors.spec =
      [known,
       &core](const api::Connectors::Asked& asked) -> Result<protocol::ConnectorSpecification> {
    if (auto there = known->known_spec(asked.definition)) return std::move(*there);
    return ask_spec(core, asked);
  };
  connectors.check = [&core](const connection::StoredEndpoint& endpoint) {
    return ask_check(core, endpoint);
  };
  connectors.discover = [&core](const connection::StoredEndpoint& endpoint, bool fresh) {
    return ask_discover(core, endpoint, fresh);
  };
  return connectors;
}

}  // namespace wharf::daemon

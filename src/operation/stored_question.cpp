#include "operation/stored_question.h"

#include "base/uuid.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace wharf::operation {
namespace {

using definition::Kind;
using AskedFor = definition::Question;
using workload::WorkloadType;

WorkloadType type_of(AskedFor question) {
  switch (question) {
    case AskedFor::spec:
      return WorkloadType::spec;
    case AskedFor::check:
      return WorkloadType::check;
    case AskedFor::discover:
      break;
  }
  return WorkloadType::discover;
}

// Under which name an input has the id of what is asked.
std::string_view member_of(const StoredQuestion& question) {
  return question.asks == AskedFor::spec ? "definition" : definition::name_of(question.kind);
}

}  // namespace

workload::WorkloadWish wish_of(const StoredQuestion& question, const std::string& state) {
  const auto& attempt = question.attempt;
  workload::WorkloadWish wish;
  wish.type = type_of(question.asks);
  wish.id = fmt::format("{}_{}_{}_{}", question.id,
                        attempt ? std::to_string(attempt->job.value) : base::random_uuid(),
                        attempt ? attempt->number : 0, workload::name_of(wish.type));
  wish.input = nlohmann::json{{member_of(question), question.id}, {"state", state}}.dump();
  wish.priority = attempt ? workload::Priority::standard : workload::Priority::high;
  wish.group = workload::kOwnGroup;
  return wish;
}

std::optional<StoredQuestion> question_of(const workload::WorkloadWish& wish) {
  const auto input = nlohmann::json::parse(wish.input, nullptr, false);
  if (!input.is_object()) return std::nullopt;
  StoredQuestion question;
  const auto asked_of = [&](std::string_view member) {
    const auto found = input.find(member);
    if (found == input.end() || !found->is_string()) return false;
    question.id = found->get<std::string>();
    return true;
  };
  if (wish.type == WorkloadType::spec) {
    question.asks = AskedFor::spec;
    return asked_of("definition") ? std::optional(question) : std::nullopt;
  }
  if (wish.type == WorkloadType::sync) return std::nullopt;
  question.asks = wish.type == WorkloadType::check ? AskedFor::check : AskedFor::discover;
  for (const auto kind : {Kind::source, Kind::destination}) {
    question.kind = kind;
    if (asked_of(definition::name_of(kind))) return question;
  }
  return std::nullopt;
}

}  // namespace wharf::operation

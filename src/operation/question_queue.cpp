#include "operation/question_queue.h"

#include "base/uuid.h"
#include "connection/sealing.h"
#include "definition/definition_table.h"
#include "workload/workload_queue.h"

#include <utility>

namespace wharf::operation {
namespace {

namespace queue = workload::workload_queue;
using protocol::JsonText;
using workload::Priority;
using workload::Tidings;

constexpr std::chrono::minutes kMargin{1};  // a connector's end, beyond the time that it has
constexpr std::string_view kLauncher = "wharf";

std::optional<std::string> next(sqlite::Transaction& transaction,
                                const std::vector<Priority>& priorities, base::WallTime now) {
  for (const auto priority : priorities) {
    auto found = queue::poll(transaction, workload::kOwnGroup, priority, 1, now);
    if (!found.empty()) return std::move(found.front().wish.id);
  }
  return std::nullopt;
}

// Somebody may have ended it meanwhile: then that stands.
void end(sqlite::Transaction& transaction, const std::string& workload, const queue::Told& told,
         base::WallTime now) {
  if (auto ended = queue::tell(transaction, workload, told, now); !ended) return;
}

void fail(sqlite::Transaction& transaction, const std::string& workload, const Error& error,
          base::WallTime now, std::optional<JsonText> output = {}) {
  end(transaction, workload,
      {.tidings = Tidings::failure,
       .source = std::string(name_of(error.origin)),
       .reason = error.message,
       .output = std::move(output)},
      now);
}

}  // namespace

Result<AdmittedQuestion> QuestionQueue::admit(sqlite::Transaction& transaction,
                                              const StoredQuestion& question,
                                              std::chrono::milliseconds age,
                                              base::WallTime now) const {
  auto prepared = prepare(transaction, question, vault_, environment_);
  if (!prepared) return std::move(prepared).error();
  const auto known = definition::answer_table::get(transaction, prepared->key);
  if (known && now - known->at < age) return AdmittedQuestion{known->body, {}};
  const auto wish = wish_of(
      question, base::fingerprint(prepared->key.connector + '/' + prepared->key.config_hash));
  const auto live = queue::find_live(transaction, wish.group, wish.type, wish.input);
  if (live) {
    queue::raise_to(transaction, *live, wish.priority);
    return AdmittedQuestion{{}, *live};
  }
  auto created = queue::create(transaction, wish, now);
  if (!created) return std::move(created).error();
  return AdmittedQuestion{{}, wish.id};
}

std::optional<ClaimedQuestion> QuestionQueue::claim(sqlite::Transaction& transaction,
                                                    const std::vector<Priority>& priorities,
                                                    base::WallTime now) const {
  auto id = next(transaction, priorities, now);
  if (!id) return std::nullopt;
  queue::claim(transaction, *id, kLauncher, {}, now);
  const auto workload = queue::get(transaction, *id);
  const auto question = question_of(workload->wish);
  ClaimedQuestion claimed{*id, workload->wish.priority,
                          Error{ErrorCode::invalid_argument, "the workload asks nothing"}};
  if (question) claimed.prepared = prepare(transaction, *question, vault_, environment_);
  if (!claimed.prepared) {
    fail(transaction, *id, claimed.prepared.error(), now);
    return claimed;
  }
  queue::tell(transaction, *id, {.tidings = Tidings::launched}, now).value();
  const auto limit = now + question_to(*claimed.prepared).deadline + kMargin;
  queue::tell(transaction, *id, {.tidings = Tidings::running, .deadline = limit}, now).value();
  return claimed;
}

void QuestionQueue::conclude(sqlite::Transaction& transaction, const PreparedQuestion& prepared,
                             const std::string& workload, const QuestionAnswer& came,
                             base::WallTime now) const {
  if (came.new_config) {
    connection::keep_overlay(transaction, vault_, prepared.question.kind, prepared.question.id,
                             *came.new_config, now);
  }
  if (came.image) {
    definition::definition_table::note_digest(transaction, came.image->reference,
                                              came.image->digest);
  }
  if (!came.text) {
    return fail(transaction, workload, came.text.error(), now, output_of(prepared, came));
  }
  const bool is_check = prepared.question.asks == definition::Question::check;
  if (!is_check || connection_status_of(*came.text).succeeded) {
    definition::answer_table::put(transaction, key_of(prepared, came), {*came.text, now});
  }
  end(transaction, workload, {.tidings = Tidings::success, .output = output_of(prepared, came)},
      now);
}

}  // namespace wharf::operation

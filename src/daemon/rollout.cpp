#include "daemon/rollout.h"

#include "base/uuid.h"
#include "connection/connection_table.h"
#include "connection/endpoint_table.h"
#include "daemon/claims.h"
#include "daemon/plan.h"
#include "daemon/preparation.h"
#include "declaration/difference.h"
#include "declaration/export.h"
#include "job/clear_request_table.h"
#include "job/job_steps.h"
#include "job/job_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <future>
#include <nlohmann/json.hpp>
#include <set>

namespace wharf::daemon {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using connection::Provenance;
using connection::Thing;
using declaration::Declaration;
using RolloutJson = nlohmann::ordered_json;

constexpr std::chrono::seconds kConnectorPatience{60};
constexpr std::chrono::milliseconds kLook{200};  // at whether the daemon ends

Error the_end() {
  return {ErrorCode::environment, "the daemon ends: nothing was changed"};
}

std::string key_of(const Provenance& thing) {
  return fmt::format("{}/{}", connection::name_of(thing.thing), thing.id);
}

std::string who(std::string_view kind, std::string_view name) {
  return fmt::format("{} '{}'", kind, name);
}

std::string compact(const RolloutJson& json) {
  return json.dump(-1, ' ', false, RolloutJson::error_handler_t::replace);
}

RolloutJson fields_of_change(const std::vector<declaration::FieldChange>& changes) {
  auto fields = RolloutJson::array();
  for (const auto& change : changes) {
    RolloutJson field{{"field", change.field}};
    if (change.from) field["from"] = RolloutJson::parse(*change.from);
    if (change.to) field["to"] = RolloutJson::parse(*change.to);
    if (change.is_secret) field["secret"] = true;
    fields.push_back(std::move(field));
  }
  return fields;
}

}  // namespace

// One wish. Its coroutine keeps it: who asked may be gone first.
class Rollout::Undertaking {
 public:
  Undertaking(const Services& services, const api::DeclarationWish& wish,
              const std::atomic<bool>& stopping)
      : services_(services),
        stopping_(stopping),
        wish_(wish),
        core_(services.core),
        inquiry_(core_.launcher(), core_.runs(), core_.clock(), &core_.database(),
                 services.builtin_spec, core_.line_limit()),
        preparing_{core_.database(), core_.clock(), inquiry_,     services.environment,
                   core_.vault(),    "apply",       wish.secrets, kConnectorPatience} {}

  /// What the files say, and whether they may.
  Result<void> read() {
    auto loaded = declaration::parse(wish_.files);
    declaration_ = std::move(loaded.declaration);
    auto problems = std::move(loaded.problems);
    const auto add = [&](const std::vector<declaration::Problem>& more) {
      problems.insert(problems.end(), more.begin(), more.end());
    };
    add(hidden_paths(declaration_, services_.sandbox));
    const auto own = services_.own_files();
    if (!own) {
      return Error{ErrorCode::conflict,
                   "the daemon's own files have problems, so it is not known what is theirs: mend "
                   "them first (wharf doctor names them)"};
    }
    add(core_.database().read(
        [&](sqlite::Connection& store) { return claim(store, declaration_, *own, wish_); }));
    if (!problems.empty()) return as_error(problems);
    return {};
  }

  /// Asks the connectors. On the engine, which keeps it meanwhile.
  static awaitable<Result<void>> make_ready(std::shared_ptr<Undertaking> self) {
    co_return co_await self->ask_connectors();
  }

  /// All or nothing; nothing if it is a diff, or if there is nothing to do.
  Result<protocol::JsonText> write() {
    auto put = [this](sqlite::Transaction& transaction) -> Result<void> {
      if (auto done = write_all(transaction); !done) return done;
      if (wish_.carry_out && (!changes_.empty() || has_moved_)) return {};
      is_taken_back_ = true;
      return Error{ErrorCode::cancelled, "taken back"};
    };
    const auto written = core_.database().write(put);
    if (!written && !is_taken_back_) return written.error();
    if (written) tell();
    return compact({{"applied", written.has_value() && !changes_.empty()},
                    {"changes", changes_},
                    {"unchanged", unchanged_},
                    {"left", left_},
                    {"notes", notes_},
                    {"basis", basis_}});
  }

 private:
  awaitable<Result<void>> ask_connectors() {
    for (const auto& each : declaration_.sources) {
      co_await make_endpoint_ready(each, definition::Kind::source);
    }
    for (const auto& each : declaration_.destinations) {
      co_await make_endpoint_ready(each, definition::Kind::destination);
    }
    for (const auto& each : declaration_.connections) {
      if (stopping_) break;
      auto& preparation =
          connections_.emplace_back(std::make_unique<Preparation>(preparing_, declaration_, each));
      auto ready = co_await preparation->make_ready();
      if (!ready) note_failure(ready.error());
    }
    if (stopping_) co_return the_end();
    if (!failure_) co_return Result<void>();
    co_return *failure_;
  }

  awaitable<void> make_endpoint_ready(const declaration::Endpoint& declared,
                                      definition::Kind kind) {
    if (stopping_) co_return;
    auto& preparation =
        endpoints_.emplace_back(std::make_unique<EndpointPreparation>(preparing_, declared, kind));
    if (auto made = preparation->make(); !made) {
      note_failure(made.error());
      co_return;
    }
    auto problems = co_await preparation->check();
    if (!problems) {
      note_failure(problems.error());
    } else if (!problems->empty()) {
      note_failure(as_error(*problems));
    }
  }

  // A problem of a source that many lead from is one problem.
  void note_failure(const Error& error) {
    if (!said_.insert(error.message).second) return;
    if (!failure_) {
      failure_ = error;
      return;
    }
    for (std::size_t at = 0; at < error.message.size();) {
      const auto end = std::min(error.message.find('\n', at), error.message.size());
      const auto line = error.message.substr(at, end - at);
      if (failure_->message.find(line) == std::string::npos) failure_->message += "\n" + line;
      at = end + 1;
    }
    if (error.code != ErrorCode::invalid_config) failure_->code = error.code;
  }

  Result<void> write_all(sqlite::Transaction& transaction) {
    const auto now = core_.clock().wall();
    const auto declared = declared_things();
    const auto gone = no_longer_declared(transaction, wish_, declared);
    const auto before = look(transaction, declared, gone);
    for (const auto& each : endpoints_) {
      if (auto stored = each->put(transaction, now); !stored) return stored;
    }
    for (const auto& each : connections_) {
      if (auto stored = put_connection(transaction, *each, now); !stored) return stored;
    }
    if (wish_.prune) {
      for (const auto& each : gone) prune(transaction, each, now);
    }
    for (const auto& each : declared) compare(transaction, each, before.at(key_of(each)));
    for (const auto& each : gone) compare(transaction, each, before.at(key_of(each)));
    note_left(transaction, gone);
    if (!wish_.plan) return {};
    return hold_to_plan(*wish_.plan, {basis_, changes_, names_});
  }

  std::vector<Provenance> declared_things() const {
    std::vector<Provenance> things;
    for (std::size_t i = 0; i < endpoints_.size(); ++i) {
      const bool is_source = i < declaration_.sources.size();
      const auto& declared = is_source ? declaration_.sources[i]
                                       : declaration_.destinations[i - declaration_.sources.size()];
      things.push_back({is_source ? Thing::source : Thing::destination, endpoints_[i]->id(),
                        declared.name, "apply", declared.place.file});
    }
    for (const auto& each : connections_) {
      things.push_back({Thing::connection, each->id().value, each->declared().name, "apply",
                        each->declared().place.file});
    }
    return things;
  }

  std::map<std::string, RolloutJson> look(sqlite::Connection& store,
                                          const std::vector<Provenance>& declared,
                                          const std::vector<Provenance>& gone) {
    std::map<std::string, RolloutJson> forms;
    for (const auto* list : {&declared, &gone}) {
      for (const auto& each : *list) {
        auto form = declaration::stored_form(store, each.thing, each.id);
        basis_[key_of(each)] = form.is_null() ? "absent" : base::fingerprint(compact(form));
        names_[key_of(each)] = who(connection::name_of(each.thing), each.name);
        forms[key_of(each)] = std::move(form);
      }
    }
    for (const auto& each : declared) {
      const auto thing = connection::provenance_table::find(store, each.thing, each.id);
      if (thing && thing->declared_in != each.declared_in) has_moved_ = true;
    }
    return forms;
  }

  Result<void> put_connection(sqlite::Transaction& transaction, const Preparation& preparation,
                              base::WallTime now) {
    const auto& declared = preparation.declared();
    const auto over = preparation.end_former_job(transaction, now);
    if (!over) {
      const auto said = who("connection", declared.name) + ": " + over.error().message;
      if (wish_.carry_out) return Error{over.error().code, said};
      notes_.push_back(said);
    }
    if (declared.state) {
      if (preparation.has_state(transaction)) {
        notes_.push_back(who("connection", declared.name) +
                         " goes on from its own state: the one in the file is not used");
      } else {
        with_state_.insert(preparation.id().value);
      }
    }
    for (const auto& notice : preparation.notices()) notes_.push_back(notice);
    return preparation.put(transaction, now);
  }

  void prune(sqlite::Transaction& transaction, const Provenance& thing, base::WallTime now) {
    if (thing.thing == Thing::connection) {
      const base::ConnectionId id(thing.id);
      if (const auto active = job::job_table::active(transaction, id)) {
        job::job_steps::request_cancel(transaction, active->id, now).value();
      }
      job::clear_request_table::remove(transaction, id);
      connection::connection_table::remove(transaction, id, now);
      return;
    }
    if (!connection::connection_table::of_endpoint(transaction, thing.id).empty()) {
      notes_.push_back(who(connection::name_of(thing.thing), thing.name) +
                       " stays: a connection that is not of these files uses it");
      return;
    }
    const auto kind =
        thing.thing == Thing::source ? definition::Kind::source : definition::Kind::destination;
    const auto stored = connection::endpoint_table::get(transaction, kind, thing.id);
    if (stored) connection::endpoint_table::remove(transaction, *stored, now);
  }

  void compare(sqlite::Connection& store, const Provenance& thing, const RolloutJson& before) {
    const auto after = declaration::stored_form(store, thing.thing, thing.id);
    auto fields = fields_of_change(declaration::difference(before, after));
    if (fields.empty()) {
      ++unchanged_;
      return;
    }
    const char* action = before.is_null() ? "create" : after.is_null() ? "delete" : "update";
    RolloutJson change{{"kind", connection::name_of(thing.thing)},
                       {"name", thing.name},
                       {"id", thing.id},
                       {"action", action},
                       {"fields", std::move(fields)}};
    if (with_state_.count(thing.id) != 0) change["withState"] = true;
    changes_.push_back(std::move(change));
  }

  void note_left(sqlite::Connection& store, const std::vector<Provenance>& gone) {
    for (const auto& each : gone) {
      if (!connection::provenance_table::find(store, each.thing, each.id)) continue;
      left_.push_back({{"kind", connection::name_of(each.thing)},
                       {"name", each.name},
                       {"declaredIn", each.declared_in.value_or("")}});
    }
  }

  void tell() {
    for (const auto& change : changes_) {
      const auto kind = change.value("kind", "");
      core_.log().info("applied", {{"kind", kind},
                                   {"name", change.value("name", "")},
                                   {"action", change.value("action", "")}});
      if (kind == "connection") services_.changed(base::ConnectionId(change.value("id", "")));
    }
    core_.dispatcher().ring();
  }

  const Services& services_;
  const std::atomic<bool>& stopping_;
  const api::DeclarationWish wish_;
  Core& core_;
  Inquiry inquiry_;
  const PreparationServices preparing_;
  Declaration declaration_;
  std::vector<std::unique_ptr<EndpointPreparation>> endpoints_;  // sources, then destinations
  std::vector<std::unique_ptr<Preparation>> connections_;
  std::set<std::string> said_;
  std::optional<Error> failure_;

  RolloutJson changes_ = RolloutJson::array();
  RolloutJson left_ = RolloutJson::array();
  RolloutJson basis_ = RolloutJson::object();
  std::map<std::string, std::string> names_;  // by the basis's keys
  std::vector<std::string> notes_;
  std::set<std::string> with_state_;
  int unchanged_ = 0;
  bool has_moved_ = false;  // to another file: no change of the thing, but written down
  bool is_taken_back_ = false;
};

Rollout::Rollout(Services services) : services_(std::move(services)) {}

Result<protocol::JsonText> Rollout::take(const api::DeclarationWish& wish) {
  if (!wish.carry_out) return undertake(wish);
  const std::unique_lock only(one_at_a_time_, std::try_to_lock);
  if (!only.owns_lock()) return Error{ErrorCode::conflict, "another apply is under way"};
  return undertake(wish);
}

Result<protocol::JsonText> Rollout::undertake(const api::DeclarationWish& wish) {
  auto undertaking = std::make_shared<Undertaking>(services_, wish, stopping_);
  if (auto read = undertaking->read(); !read) return std::move(read).error();
  auto ready = asio::co_spawn(services_.core.executor(), Undertaking::make_ready(undertaking),
                              asio::use_future);
  while (ready.wait_for(kLook) != std::future_status::ready) {
    if (stopping_) return the_end();
  }
  if (const auto done = ready.get(); !done) return done.error();
  return undertaking->write();
}

}  // namespace wharf::daemon

#include "api/workloads.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "api/json_body.h"
#include "api/problem.h"
#include "api/time_text.h"
#include "base/log.h"
#include "base/text.h"
#include "job/job_steps.h"
#include "job/job_table.h"
#include "workload/own_sync.h"
#include "workload/workload_queue.h"

namespace wharf::api {
namespace {

using nlohmann::json;
using workload::Priority;
using workload::QueuedWorkload;
using workload::Tidings;
using workload::WorkloadWish;
namespace queue = workload::workload_queue;

constexpr std::int64_t kPolledMost = 100;
constexpr std::int64_t kCleaned = 1000;
constexpr std::chrono::hours kKept{24 * 7};

// ---- members of a body

const json* member(const json& body, const char* name) {
  const auto at = body.find(name);
  return at == body.end() || at->is_null() ? nullptr : &*at;
}

std::optional<std::string> text(const json& body, const char* name) {
  const json* at = member(body, name);
  if (at == nullptr) return std::nullopt;
  if (!at->is_string()) throw Refused(invalid_value(std::string(name) + " is to be a text."));
  return at->get<std::string>();
}

std::string needed(const json& body, const char* name) {
  auto value = text(body, name);
  if (!value || value->empty()) throw Refused(invalid_value(std::string(name) + " is missing."));
  return std::move(*value);
}

std::optional<base::WallTime> time(const json& body, const char* name) {
  const auto value = text(body, name);
  if (!value) return std::nullopt;
  const auto at = time_from(*value);
  if (!at) throw Refused(invalid_value(std::string(name) + " is to be a time, not " + *value));
  return at;
}

std::optional<Priority> priority(const json& body) {
  const auto value = text(body, "priority");
  if (!value) return std::nullopt;
  const auto name = base::to_lower(*value);
  if (name != "high" && name != "default")
    throw Refused(invalid_value("priority is to be high or default, not " + *value));
  return name == "high" ? Priority::high : Priority::standard;
}

std::vector<std::string> texts(const json& body, const char* name) {
  const json* at = member(body, name);
  if (at == nullptr) return {};
  const bool good =
      at->is_array() && std::ranges::all_of(*at, [](const json& each) { return each.is_string(); });
  if (!good) throw Refused(invalid_value(std::string(name) + " is to be a list of texts."));
  return at->get<std::vector<std::string>>();
}

std::int64_t number(const json& body, const char* name, std::int64_t otherwise) {
  const json* at = member(body, name);
  if (at == nullptr) return otherwise;
  if (!at->is_number_integer() || *at < 1)
    throw Refused(invalid_value(std::string(name) + " is to be a number above zero."));
  return at->get<std::int64_t>();
}

// ---- workloads out

json whole(const QueuedWorkload& each) {
  const WorkloadWish& wish = each.wish;
  json out{{"id", wish.id},
           {"type", name_of(wish.type)},
           {"status", name_of(each.status)},
           {"inputPayload", wish.input},
           {"labels", json::parse(wish.labels)},
           {"autoId", each.auto_id},
           {"priority", wish.priority == Priority::high ? "high" : "default"}};
  auto put = [&](const char* name, const std::optional<std::string>& value) {
    if (value) out[name] = *value;
  };
  put("workspaceId", wish.workspace);
  put("organizationId", wish.organization);
  put("logPath", wish.log_path);
  put("mutexKey", wish.mutex_key);
  put("signalInput", wish.signal_input);
  put("dataplaneId", each.dataplane);
  put("terminationSource", each.termination_source);
  put("terminationReason", each.termination_reason);
  if (!wish.group.empty()) out["dataplaneGroup"] = wish.group;
  if (each.deadline) out["deadline"] = base::to_iso(*each.deadline);
  if (each.output) out["output"] = json::parse(*each.output);
  return out;
}

json in_brief(const QueuedWorkload& each) {
  return {{"id", each.wish.id},
          {"autoId", each.auto_id},
          {"status", name_of(each.status)},
          {"deadline", base::to_iso(*each.deadline)}};
}

template <class Show>
Response workloads_response(const std::vector<QueuedWorkload>& found, Show show) {
  json list = json::array();
  for (const auto& each : found) list.push_back(show(each));
  return json_response(json{{"workloads", std::move(list)}}.dump());
}

// ---- what is asked

WorkloadWish wish_from(const json& body) {
  WorkloadWish wish;
  wish.id = needed(body, "workloadId");
  wish.input = needed(body, "workloadInput");
  const auto type = base::to_lower(text(body, "type").value_or("sync"));
  const auto known = workload::workload_type_named(type);
  if (!known) {
    throw Refused(invalid_value("type is to be sync, check, discover or spec, not " + type));
  }
  wish.type = *known;
  if (const json* labels = member(body, "labels")) wish.labels = labels->dump();
  wish.workspace = text(body, "workspaceId");
  wish.organization = text(body, "organizationId");
  wish.log_path = text(body, "logPath");
  wish.mutex_key = text(body, "mutexKey");
  wish.signal_input = text(body, "signalInput");
  wish.group = text(body, "dataplaneGroup").value_or("");
  wish.priority = priority(body).value_or(Priority::high);
  wish.deadline = time(body, "deadline");
  return wish;
}

Response create(const Services& services, const Request& request) {
  const auto wish = wish_from(json_body(request));
  const auto created = services.database.write([&](sqlite::Transaction& transaction) {
    return queue::create(transaction, wish, services.clock.wall());
  });
  if (created.value() == queue::Created::was_there) return json_response("{}");
  services.workload_changed(wish.id);
  return empty_response();
}

Response claim(const Services& services, const Request& request) {
  const json body = json_body(request);
  const auto id = needed(body, "workloadId");
  const auto dataplane = needed(body, "dataplaneId");
  const auto deadline = time(body, "deadline");
  const bool claimed = services.database.write([&](sqlite::Transaction& transaction) {
    return queue::claim(transaction, id, dataplane, deadline, services.clock.wall());
  });
  return json_response(json{{"claimed", claimed}}.dump());
}

/// A sync that this daemon runs itself: the job behind it is cancelled, too, and nobody else says
/// how it goes.
Result<void> cancel_own(sqlite::Transaction& transaction, const std::string& id, Tidings tidings,
                        base::WallTime now) {
  const auto workload = queue::get(transaction.connection(), id);
  if (!workload || workload::is_terminal(workload->status)) return {};
  const auto connection = workload::own_sync::connection_of(workload->wish);
  if (!connection) return {};
  if (tidings != Tidings::cancelled) {
    return Error{ErrorCode::conflict, "the workload " + id + " is at work in the daemon itself"};
  }
  if (const auto job = job::job_table::active(transaction.connection(), *connection)) {
    if (auto asked = job::job_steps::request_cancel(transaction, job->id, now); !asked)
      return std::move(asked).error();
  }
  return {};
}

Response tell(const Services& services, const Request& request, Tidings tidings) {
  const json body = json_body(request);
  const auto id = needed(body, "workloadId");
  queue::Told told;
  told.tidings = tidings;
  told.deadline = time(body, "deadline");
  if (tidings == Tidings::cancelled) {
    told.source = needed(body, "source");
    told.reason = needed(body, "reason");
  } else {
    told.source = text(body, "source");
    told.reason = text(body, "reason");
  }
  if (const json* output = member(body, "output")) told.output = output->dump();
  const auto taken = services.database.write([&](sqlite::Transaction& transaction) {
    if (auto allowed = cancel_own(transaction, id, tidings, services.clock.wall()); !allowed)
      return allowed;
    return queue::tell(transaction, id, told, services.clock.wall());
  });
  if (!taken && taken.error().code == ErrorCode::conflict)
    throw Refused(gone(taken.error().message));
  taken.value();  // or what else is wrong
  services.workload_changed(id);
  if (tidings == Tidings::cancelled) services.jobs_enqueued();  // it may be one of our own syncs
  return empty_response();
}

queue::Filter filter_of(const json& body) {
  queue::Filter filter;
  filter.dataplanes = texts(body, "dataplane");
  for (const auto& name : texts(body, "status")) {
    const auto status = workload::queue_status_named(base::to_lower(name));
    if (!status) throw Refused(invalid_value("there is no status " + name));
    filter.statuses.push_back(*status);
  }
  filter.updated_before = time(body, "updatedBefore");
  filter.created_before = time(body, "createdBefore");
  return filter;
}

template <class Show>
Response list(const Services& services, const queue::Filter& filter, Show show) {
  return workloads_response(
      services.database.read([&](sqlite::Connection& store) { return queue::list(store, filter); }),
      show);
}

Response expired(const Services& services, const Request& request) {
  const json body = json_body(request);
  auto filter = filter_of(body);
  filter.deadline_before = time(body, "deadline");
  filter.live = true;
  if (!filter.deadline_before) throw Refused(invalid_value("deadline is missing."));
  return list(services, filter, whole);
}

Response long_running(const Services& services, const Request& request, bool is_sync) {
  auto filter = filter_of(json_body(request));
  filter.statuses = {workload::QueueStatus::running};
  filter.is_sync = is_sync;
  return list(services, filter, whole);
}

Response poll(const Services& services, const Request& request) {
  const json body = json_body(request);
  const auto group = text(body, "dataplaneGroup").value_or("");
  const auto wanted = priority(body);
  const auto most = number(body, "quantity", 0);
  if (most == 0) throw Refused(invalid_value("quantity is missing."));
  return workloads_response(services.database.write([&](sqlite::Transaction& transaction) {
    return queue::poll(transaction, group, wanted, std::min(most, kPolledMost),
                       services.clock.wall());
  }),
                            whole);
}

Response depth(const Services& services, const Request& request) {
  const json body = json_body(request);
  const auto count = services.database.read([&](sqlite::Connection& store) {
    return queue::depth(store, text(body, "dataplaneGroup").value_or(""), priority(body),
                        services.clock.wall());
  });
  return json_response(json{{"count", count}}.dump());
}

Response stats(const Services& services, const Request&) {
  json list = json::array();
  for (const auto& each : services.database.read(queue::stats)) {
    list.push_back({{"dataplaneGroup", each.group},
                    {"priority", each.priority == Priority::high ? "high" : "default"},
                    {"enqueuedCount", each.count}});
  }
  return json_response(json{{"stats", std::move(list)}}.dump());
}

Response clean(const Services& services, const Request& request) {
  const auto most = number(json_body(request), "limit", kCleaned);
  services.database.write([&](sqlite::Transaction& transaction) {
    return queue::clean(transaction, services.clock.wall() - kKept, most);
  });
  return empty_response();
}

Response look(const Services& services, const Request& request) {
  const auto& id = request.parameter("workloadId");
  const auto found =
      services.database.read([&](sqlite::Connection& store) { return queue::get(store, id); });
  if (!found) throw Refused(resource_not_found("WORKLOAD", id));
  return json_response(whole(*found).dump());
}

}  // namespace

void add_workload_routes(Router& router, const Services& services) {
  // Deadlines need no clock of their own: whoever asks finds those past theirs failed.
  auto add = [&](Method method, const char* path, auto answer) {
    router.add(Base::config_api, method, std::string("/workload") + path, Access::launch,
               [&services, answer](const Request& request) {
                 services.database.write([&](sqlite::Transaction& transaction) {
                   return queue::fail_expired(transaction, services.clock.wall());
                 });
                 return answer(services, request);
               });
  };
  add(Method::post, "/create", create);
  add(Method::put, "/claim", claim);
  for (const auto& [path, tidings] :
       {std::pair("/launched", Tidings::launched), std::pair("/running", Tidings::running),
        std::pair("/heartbeat", Tidings::heartbeat), std::pair("/success", Tidings::success),
        std::pair("/failure", Tidings::failure), std::pair("/cancel", Tidings::cancelled)}) {
    add(Method::put, path, [tidings = tidings](const Services& of, const Request& request) {
      return tell(of, request, tidings);
    });
  }
  add(Method::get, "/{workloadId}", look);
  add(Method::post, "/list", [](const Services& of, const Request& request) {
    return list(of, filter_of(json_body(request)), whole);
  });
  add(Method::post, "/list_active", [](const Services& of, const Request& request) {
    auto filter = filter_of(json_body(request));
    filter.live = true;
    return list(of, filter, in_brief);
  });
  add(Method::post, "/expired_deadline_list", expired);
  add(Method::post, "/list_long_running_sync",
      [](const Services& of, const Request& request) { return long_running(of, request, true); });
  add(Method::post, "/list_long_running_non_sync",
      [](const Services& of, const Request& request) { return long_running(of, request, false); });
  add(Method::post, "/queue/poll", poll);
  add(Method::post, "/queue/depth", depth);
  add(Method::get, "/queue/stats", stats);
  add(Method::post, "/queue/clean", clean);
}

}  // namespace wharf::api

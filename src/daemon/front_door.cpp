#include "daemon/front_door.h"

#include "api/routes.h"
#include "api/workspaces.h"
#include "base/uuid.h"
#include "daemon/reception.h"
#include "daemon/upkeep.h"
#include "database/meta_table.h"
#include "definition/definition_table.h"

#include <boost/asio/post.hpp>
#include <future>

namespace wharf::daemon {
namespace {

constexpr std::chrono::seconds kPatience{5};
constexpr std::chrono::seconds kCheckLimit{2};
constexpr std::chrono::seconds kTurnLimit{60};  // the scheduler turns every second

bool answers(database::Database& database) {
  try {
    return database.read([](sqlite::Connection& store) { return store.number("select 1") == 1; });
  } catch (const std::exception&) {
    return false;
  }
}

// The writer answers after what is queued before; a commit that fails is an answer too, a bad one.
// Something is written: a full disk takes what is nothing.
bool takes_writes(database::Database& database) {
  auto written = database.write_async([](sqlite::Transaction& transaction) {
    database::meta_table::put(transaction, "ready_asked", base::random_uuid());
  });
  if (written.wait_for(kCheckLimit) != std::future_status::ready) return false;
  try {
    written.get();
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

bool turns(const boost::asio::any_io_executor& engine) {
  auto turned = std::make_shared<std::promise<void>>();
  boost::asio::post(engine, [turned] { turned->set_value(); });
  return turned->get_future().wait_for(kCheckLimit) == std::future_status::ready;
}

// Whoever names other hosts has a proxy in front, and asks through it come from anywhere.
api::Access access_to_metrics(const FrontDoor::Options& options) {
  const auto address = api::tcp_address(options.listen);
  const bool is_near = address && api::is_loopback(*address) && options.hosts.empty();
  const bool is_open = options.metrics == "open" || (options.metrics == "loopback" && is_near);
  return is_open ? api::Access::open : api::Access::read;
}

// As their chore found it the last time.
bool has_containers_engine(const std::map<std::string, chores::ChoreCount>& chores) {
  const auto swept = chores.find(kContainersChore);
  return swept == chores.end() || swept->second.last_failure.empty();
}

}  // namespace

std::vector<api::Check> FrontDoor::checks(Core& core) const {
  return {{"boot", ready_},
          {"store", answers(core.database()) && takes_writes(core.database())},
          {"engine", turns(core.executor())},
          {"scheduler", !since_turn_ || since_turn_() < kTurnLimit},
          {"declarations", !instance_.stale_declarations(), "stale", false},
          {"containers", has_containers_engine(instance_.chores()), "unreachable", false},
          {"syncs", !draining_, "draining"}};
}

FrontDoor::FrontDoor(Core& core, const Options& options)
    : store_(core.database()),
      tokens_(store_, core.clock()),
      services_{core.database(),
                core.clock(),
                options.default_zone,
                [&core] { core.dispatcher().ring(); },
                closing_,
                core.vault(),
                connectors_of(core, options.builtin_spec),
                options.connection_changed,
                options.environment,
                [&core](const std::string& workload) {
                  core.questions().ring();
                  core.questions().look_at(workload);
                }},
      instance_(options.instance),
      since_turn_(options.since_turn) {
  api::add_routes(
      router_,
      {services_, instance_, tokens_, [&core] { return answers(core.database()); },
       [this, &core] { return checks(core); }, access_to_metrics(options), options.measures});
}

Result<std::unique_ptr<FrontDoor>> FrontDoor::open(Core& core, Options options) {
  auto address = api::tcp_address(options.listen);
  if (!address) return std::move(address).error();
  if (!options.authenticate && !api::is_loopback(*address)) {
    return Error{ErrorCode::invalid_argument,
                 "authentication: none is for this machine alone: listen on 127.0.0.1, not on " +
                     address->host};
  }
  core.database().write([&](sqlite::Transaction& transaction) {
    api::ensure_workspace(transaction, core.clock().wall());
    definition::seed_builtins(transaction);
    api::set_clients(transaction, options.clients);
    api::set_static_tokens(transaction, options.tokens);
  });
  std::unique_ptr<FrontDoor> door(new FrontDoor(core, options));
  api::GuardOptions guarding;
  const std::string host = api::host_name(options.listen);
  guarding.hosts.push_back(host);
  guarding.hosts.insert(guarding.hosts.end(), options.hosts.begin(), options.hosts.end());
  guarding.authenticate = options.authenticate;
  guarding.basic = options.basic;
  guarding.patience = &door->tokens_.patience();
  if (!options.authenticate)
    core.log().warn("the settings say authentication: none: whoever reaches the port is an admin");
  door->guard_.emplace(std::move(guarding), [tokens = &door->tokens_](std::string_view token) {
    return tokens->identify(token);
  });
  door->entrance_.emplace(door->router_, *door->guard_, core.log(), options.answered,
                          options.public_url);
  api::ServerOptions serving;
  serving.tcp = *address;
  serving.beyond_loopback = options.insecure;
  serving.local = options.local;
  auto server =
      api::Server::open(core.executor(), *door->entrance_, core.log(), core.clock(), serving);
  if (!server) return std::move(server).error();
  door->server_ = std::move(*server);
  core.log().info("listening", {{"host", host},
                                {"port", door->server_->port()},
                                {"socket", options.local ? options.local->path : ""}});
  return door;
}

FrontDoor::~FrontDoor() {
  closing_ = true;
  if (server_) server_->stop(kPatience);
}

}  // namespace wharf::daemon

#include "daemon/front_door.h"

#include "api/connections.h"
#include "api/health.h"
#include "api/jobs.h"
#include "api/wharf_routes.h"
#include "api/workspaces.h"

namespace wharf::daemon {
namespace {

constexpr std::chrono::seconds kPatience{5};

bool answers(database::Database& database) {
  try {
    return database.read([](sqlite::Connection& store) { return store.number("select 1") == 1; });
  } catch (const std::exception&) {
    return false;
  }
}

}  // namespace

FrontDoor::FrontDoor(Core& core, const Options& options)
    : store_(core.database()),
      tokens_(store_, core.clock()),
      services_{core.database(), core.clock(), options.default_zone,
                [&core] { core.dispatcher().ring(); }},
      instance_(options.instance) {
  api::add_health_routes(router_, [&core] { return answers(core.database()); });
  api::add_token_routes(router_, tokens_);
  api::add_workspace_routes(router_, services_);
  api::add_connection_routes(router_, services_);
  api::add_job_routes(router_, services_);
  api::add_wharf_routes(router_, instance_);
}

Result<std::unique_ptr<FrontDoor>> FrontDoor::open(Core& core, Options options) {
  auto address = api::tcp_address(options.listen);
  if (!address) return std::move(address).error();
  core.database().write([&](sqlite::Transaction& transaction) {
    api::ensure_workspace(transaction, core.clock().wall());
    api::put_client(transaction, options.credentials.client());
  });
  std::unique_ptr<FrontDoor> door(new FrontDoor(core, options));
  api::GuardOptions guarding;
  const std::string host = api::host_name(options.listen);
  guarding.hosts.push_back(host);
  guarding.hosts.insert(guarding.hosts.end(), options.hosts.begin(), options.hosts.end());
  door->guard_.emplace(std::move(guarding), [tokens = &door->tokens_](std::string_view token) {
    return tokens->identify(token);
  });
  door->entrance_.emplace(door->router_, *door->guard_, core.log());
  api::ServerOptions serving;
  serving.tcp = *address;
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
  if (server_) server_->stop(kPatience);
}

}  // namespace wharf::daemon

#include "daemon/front_door.h"

#include "api/accounts.h"
#include "api/connection_edits.h"
#include "api/connections.h"
#include "api/definitions.h"
#include "api/endpoints.h"
#include "api/health.h"
#include "api/jobs.h"
#include "api/streams.h"
#include "api/workspaces.h"
#include "daemon/reception.h"
#include "definition/definition_table.h"

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
      services_{core.database(),
                core.clock(),
                options.default_zone,
                [&core] { core.dispatcher().ring(); },
                core.vault(),
                connectors_of(core, options.builtin_spec),
                options.connection_changed,
                options.environment} {
  api::add_health_routes(router_, [&core] { return answers(core.database()); });
  api::add_token_routes(router_, tokens_);
  api::add_workspace_routes(router_, services_);
  api::add_account_routes(router_, services_);
  api::add_definition_routes(router_, services_);
  api::add_endpoint_routes(router_, services_, definition::Kind::source);
  api::add_endpoint_routes(router_, services_, definition::Kind::destination);
  api::add_stream_routes(router_, services_);
  api::add_connection_routes(router_, services_);
  api::add_connection_edit_routes(router_, services_);
  api::add_job_routes(router_, services_);
}

Result<std::unique_ptr<FrontDoor>> FrontDoor::open(Core& core, Options options) {
  auto address = api::tcp_address(options.listen);
  if (!address) return std::move(address).error();
  core.database().write([&](sqlite::Transaction& transaction) {
    api::ensure_workspace(transaction, core.clock().wall());
    definition::seed_builtins(transaction);
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
  auto server =
      api::Server::open(core.executor(), *door->entrance_, core.log(), core.clock(), serving);
  if (!server) return std::move(server).error();
  door->server_ = std::move(*server);
  core.log().info("listening", {{"host", host}, {"port", door->server_->port()}});
  return door;
}

FrontDoor::~FrontDoor() {
  if (server_) server_->stop(kPatience);
}

}  // namespace wharf::daemon

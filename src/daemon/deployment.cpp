#include "daemon/deployment.h"

#include "connection/connection_table.h"
#include "daemon/preparation.h"
#include "replication/await.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/strand.hpp>
#include <future>
#include <set>
#include <vector>

namespace wharf::daemon {

namespace asio = boost::asio;
using asio::awaitable;
using declaration::Declaration;

// Lives on one strand of the engine.
class Deployment::Work : public std::enable_shared_from_this<Deployment::Work> {
 public:
  Work(const asio::any_io_executor& executor, Services services)
      : strand_(asio::make_strand(executor)),
        services_(std::move(services)),
        inquiry_(services_.launcher, services_.runs, services_.clock, &services_.database,
                 services_.builtin_spec, services_.line_limit),
        bell_(strand_) {}

  void begin() {
    asio::co_spawn(strand_, run(), [self = shared_from_this()](std::exception_ptr) {});
  }

  void declare(std::shared_ptr<const Declaration> declaration) {
    asio::post(strand_,
               [self = shared_from_this(), declaration = std::move(declaration)]() mutable {
                 self->newest_ = std::move(declaration);
                 self->bell_.cancel();
               });
  }

  void look_again() {
    asio::post(strand_, [self = shared_from_this()] {
      if (self->waits_for_sync_) self->bell_.cancel();
    });
  }

  // A connector that is being asked may never answer: that question ends with the engine, and
  // nobody hears of it.
  void end() {
    std::promise<void> told;
    asio::post(strand_, [this, &told] {
      ending_ = true;
      inquiry_.call_off();
      bell_.cancel();
      told.set_value();
    });
    told.get_future().wait();
  }

 private:
  using Open = std::vector<const declaration::Connection*>;

  awaitable<void> run() {
    while (!ending_) {
      try {
        if (newest_) co_await begin_newest();
        if (!open_.empty()) co_await work_off();
      } catch (const std::exception& exception) {
        services_.log.error("the store does not answer", {{"why", exception.what()}});
      }
      if (ending_ || newest_) continue;
      bell_.expires_after(open_.empty() ? kForever : kAgain);
      boost::system::error_code woken;
      co_await bell_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    }
  }

  awaitable<void> begin_newest() {
    current_ = std::exchange(newest_, nullptr);
    open_.clear();
    for (const auto& connection : current_->connections) open_.push_back(&connection);
    co_await retire_undeclared();
  }

  awaitable<void> work_off() {
    Open left;
    waits_for_sync_ = false;
    for (const auto* connection : std::exchange(open_, {})) {
      co_await asio::post(strand_, asio::use_awaitable);  // others have their turn
      if (ending_ || newest_) co_return;
      const bool done = co_await deploy_one(*connection);
      if (!done) left.push_back(connection);
    }
    open_ = std::move(left);
  }

  awaitable<bool> deploy_one(const declaration::Connection& connection) {
    try {
      PreparationServices services{services_.database, services_.clock, inquiry_,
                                   services_.environment, services_.vault};
      auto deployed = co_await deploy(std::move(services), *current_, connection);
      if (ending_) co_return false;
      if (deployed) {
        for (const auto& notice : deployed->notices) services_.log.warn(notice);
        if (deployed->changed) {
          services_.log.info("connection deployed", {{"connection", connection.name}});
          services_.changed(deployed->connection);
        }
        co_return true;
      }
      if (deployed.error().code == ErrorCode::conflict) waits_for_sync_ = true;
      say_failed(connection, deployed.error().message);
    } catch (const std::exception& exception) {
      say_failed(connection, exception.what());
    }
    co_return false;
  }

  void say_failed(const declaration::Connection& connection, std::string_view why) {
    services_.log.error("connection cannot be deployed now, it is tried again",
                        {{"connection", connection.name}, {"why", why}});
  }

  awaitable<void> retire_undeclared() {
    namespace table = connection::connection_table;
    std::set<std::string> declared;
    for (const auto& connection : current_->connections) {
      declared.insert(connection.name);
      if (!connection.previous_name.empty()) declared.insert(connection.previous_name);
    }
    auto retired = services_.database.read(table::active_declared);
    std::erase_if(retired, [&](const auto& each) { return declared.contains(each.name); });
    if (retired.empty()) co_return;
    auto retire = [&](sqlite::Transaction& transaction) {
      for (const auto& each : retired) {
        table::set_status(transaction, each.id, connection::ConnectionStatus::inactive,
                          services_.clock.wall());
      }
    };
    co_await replication::in_database(services_.database, retire);
    if (ending_) co_return;
    for (const auto& each : retired) {
      services_.log.warn("connection is declared no longer: it is inactive, its states stay",
                         {{"connection", each.name}});
      services_.changed(each.id);
    }
  }

  static constexpr std::chrono::hours kForever{24};
  static constexpr std::chrono::minutes kAgain{1};

  asio::any_io_executor strand_;
  const Services services_;
  Inquiry inquiry_;
  asio::steady_timer bell_;
  std::shared_ptr<const Declaration> newest_;  // not looked at yet
  std::shared_ptr<const Declaration> current_;
  Open open_;  // of current_: what does not stand in the store yet
  bool waits_for_sync_ = false;
  bool ending_ = false;
};

Deployment::Deployment(const asio::any_io_executor& executor, Services services)
    : work_(std::make_shared<Work>(executor, std::move(services))) {
  work_->begin();
}

Deployment::~Deployment() {
  work_->end();
}

void Deployment::look_again() {
  work_->look_again();
}

void Deployment::declare(std::shared_ptr<const declaration::Declaration> declaration) {
  work_->declare(std::move(declaration));
}

}  // namespace wharf::daemon

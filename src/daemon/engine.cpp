#include "daemon/engine.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <thread>

namespace wharf::daemon {

struct Engine::Turning {
  boost::asio::io_context context{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{
      context.get_executor()};
  std::thread thread{[this] { context.run(); }};
};

Engine::Engine() : turning_(std::make_unique<Turning>()) {}

Engine::~Engine() {
  stop();
}

void Engine::stop() {
  turning_->context.stop();
  if (turning_->thread.joinable()) turning_->thread.join();
}

boost::asio::any_io_executor Engine::executor() {
  return turning_->context.get_executor();
}

}  // namespace wharf::daemon

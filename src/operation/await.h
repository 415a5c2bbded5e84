#pragma once
// What a coroutine on a strand waits for without blocking the engine: somebody who calls back, and
// the database.

#include "database/database.h"

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <future>
#include <memory>
#include <type_traits>
#include <utility>

namespace wharf::operation {

/// Starts something that calls back on a thread of its own, and waits for what it brings:
/// `start(callback)`, where `callback(T)` may be called once from anywhere.
template <class T, class Start>
boost::asio::awaitable<T> called_back(Start start) {
  namespace asio = boost::asio;
  auto executor = co_await asio::this_coro::executor;
  auto initiate = [executor, &start](auto handler) {
    auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    start(std::function<void(T)>([shared, executor](T value) {
      auto kept = std::make_shared<T>(std::move(value));
      asio::post(executor, [shared, kept] { std::move (*shared)(std::move(*kept)); });
    }));
  };
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>&, void(T)>(
      initiate, asio::use_awaitable);
}

/// Runs `f(sqlite::Transaction&)` on the writer and waits for its commit. Throws what it throws.
template <class F>
boost::asio::awaitable<std::invoke_result_t<F&, sqlite::Transaction&>> in_database(
    database::Database& database, F f) {
  using Ready = std::shared_ptr<std::future<std::invoke_result_t<F&, sqlite::Transaction&>>>;
  Ready ready = co_await called_back<Ready>([&](std::function<void(Ready)> callback) {
    database.write_then(std::move(f), [callback](auto future) {
      callback(std::make_shared<decltype(future)>(std::move(future)));
    });
  });
  co_return ready->get();
}

}  // namespace wharf::operation

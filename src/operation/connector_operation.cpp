#include "operation/connector_operation.h"

#include "process/line_stream.h"

#include <fmt/format.h>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>

namespace wharf::operation {
namespace {

namespace asio = boost::asio;
using asio::awaitable;

constexpr std::chrono::seconds kGrace{5};

using TakeLine = std::function<void(std::string_view)>;

awaitable<void> read_lines(process::LineStream& stream, TakeLine take) {
  for (;;) {
    auto batch = co_await stream.next();
    if (!batch) co_return;  // over the limit: no answer of any connector is that long
    for (std::string_view line : batch->lines) take(line);
    if (batch->ended) co_return;
  }
}

// Waits for the exit, and lets the readers know that nothing will follow what is there.
awaitable<process::ExitStatus> wait_for_exit(launcher::RunningConnector& connector,
                                             process::LineStream& out, process::LineStream& err) {
  const process::ExitStatus status = co_await connector.exited();
  out.finish();
  err.finish();
  co_return status;
}

// The time a connector has; `met` before it is waited for, if the connector was that quick.
struct Deadline {
  asio::steady_timer timer;
  bool met = false;

  void meet() {
    met = true;
    timer.cancel();
  }
};

// Stops the connector when its time is over. Ends when it has exited.
awaitable<bool> watch_deadline(launcher::RunningConnector& connector, Deadline& deadline) {
  if (deadline.met) co_return false;
  boost::system::error_code cancelled;
  co_await deadline.timer.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
  if (deadline.met) co_return false;
  co_await connector.stop(kGrace);
  co_return true;
}

awaitable<Result<void>> await_start(launcher::RunningConnector& connector, Question& question) {
  connector.tell(std::move(question.news));
  const CallOff::Waiting waiting(question.call_off, connector);
  auto starting = connector.started();
  auto started = co_await std::move(starting);
  co_return started;
}

}  // namespace

void CallOff::call() {
  called_ = true;
  for (auto* connector : waiting_) connector->call_off();
}

CallOff::Waiting::Waiting(std::shared_ptr<CallOff> all, launcher::RunningConnector& connector)
    : all_(std::move(all)), connector_(&connector) {
  if (!all_) return;
  all_->waiting_.insert(connector_);
  if (all_->called_) connector_->call_off();
}

CallOff::Waiting::~Waiting() {
  if (all_) all_->waiting_.erase(connector_);
}

awaitable<Result<Asked>> ask(launcher::Launcher& launcher, const std::filesystem::path& runs,
                             Question question) {
  using namespace asio::experimental::awaitable_operators;
  auto run = workload::RunDirectory::create(runs);
  if (!run) co_return std::move(run).error();
  auto executor = co_await asio::this_coro::executor;
  auto launched = launcher.launch(executor, question.workload, *run);
  if (!launched) co_return std::move(launched).error();
  launcher::RunningConnector& connector = **launched;
  auto starting = await_start(connector, question);
  auto started = co_await std::move(starting);
  if (!started) {
    co_return std::move(started).error().during(fmt::format("asking {}", question.who));
  }
  connector.take_stdin().reset();

  Asked asked{Transcript(question.who, question.origin), {}, connector.image()};
  process::LineStream out(executor, connector.take_stdout(), question.line_limit);
  process::LineStream err(executor, connector.take_stderr(), question.line_limit);
  Deadline deadline{asio::steady_timer(executor, question.deadline)};
  TakeLine take_out = [&](std::string_view line) { asked.transcript.stdout_line(line); };
  TakeLine take_err = [&](std::string_view line) { asked.transcript.stderr_line(line); };
  auto ended = [&]() -> awaitable<process::ExitStatus> {
    const process::ExitStatus status = co_await wait_for_exit(connector, out, err);
    deadline.meet();
    co_return status;
  };
  auto [status, late] = co_await (read_lines(out, take_out) && read_lines(err, take_err) &&
                                  ended() && watch_deadline(connector, deadline));
  if (late) {
    co_return Error{ErrorCode::timed_out,
                    fmt::format("{} did not answer {} within {} s", question.who,
                                workload::name_of(question.workload.verb),
                                std::chrono::ceil<std::chrono::seconds>(question.deadline).count()),
                    question.origin};
  }
  asked.exit = status;
  co_return std::move(asked);
}

}  // namespace wharf::operation

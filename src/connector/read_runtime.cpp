#include "connector/read_runtime.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <nlohmann/json.hpp>
#include <random>
#include <thread>

#include "connector/data_socket.h"
#include "connector/read_plan.h"

namespace wharf::connector {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kFlushAt = std::size_t{256} << 10;
constexpr std::size_t kFlushAtOfMany = std::size_t{128}
                                       << 10;  // more than four sockets share memory
constexpr std::int64_t kCutBytes = std::int64_t{8} << 20;
constexpr auto kCutTime = std::chrono::seconds(1);
constexpr int kLatePeerMillis = 2000;

/// Reads partitions one after another in one thread.
class PartitionReader {
 public:
  PartitionReader(ReadPlan& plan, RecordOutput& output, const Stop& stop)
      : plan_(plan), output_(output), stop_(stop) {}

  /// Until there is no work left or the read has failed.
  void run() {
    while (auto work = plan_.take(output_)) {
      if (read(*work)) plan_.finished(*work, output_);
    }
    output_.flush();
  }

  /// The stream that was being read when an exception left `run`.
  std::optional<protocol::StreamDescriptor> stream() const { return stream_; }

 private:
  /// False when it was left because the read has failed elsewhere.
  bool read(ReadPlan::Work& work) {
    prepare(work);
    begin_segment(*work.run);
    for (bool more = true; more;) {
      stop_.throw_if_asked();
      if (plan_.has_failed()) return false;
      batch_->clear();
      more = work.partition->fill(*batch_);
      encode(*work.run);
      if (more && cut_is_due()) {
        if (auto state = work.partition->state()) {
          cut(work, std::move(*state), false);
          begin_segment(*work.run);
        }
      }
      output_.flush_if_full();
    }
    auto state = work.partition->state();
    WHARF_CHECK(state.has_value());
    cut(work, std::move(*state), true);
    stream_.reset();
    return true;
  }

  void prepare(const ReadPlan::Work& work) {
    stream_ = work.run->descriptor();
    if (batch_ && stream_index_ == work.stream) return;
    const auto& schema = work.run->request().schema;
    batch_.emplace(schema);
    writer_ = record::make_wire_writer(output_.form(), *stream_, schema);
    stream_index_ = work.stream;
  }

  void begin_segment(StreamRun& run) {
    partition_id_ = output_.is_stdio() ? std::string() : run.new_partition_id();
    writer_->begin_partition(partition_id_);
    rows_ = 0;
    bytes_ = 0;
    begun_at_ = Clock::now();
  }

  void encode(StreamRun& run) {
    if (batch_->empty()) return;
    run.say_running(output_);
    auto before = output_.buffer().size();
    writer_->append(*batch_, 0, batch_->size(), output_.buffer());
    rows_ += static_cast<std::int64_t>(batch_->size());
    bytes_ += static_cast<std::int64_t>(output_.buffer().size() - before);
  }

  bool cut_is_due() const {
    return rows_ > 0 && (bytes_ >= kCutBytes || Clock::now() - begun_at_ >= kCutTime);
  }

  void cut(const ReadPlan::Work& work, protocol::JsonText state, bool last) {
    work.run->cut(work.turn,
                  {.state = std::move(state), .partition_id = partition_id_, .rows = rows_}, last,
                  output_);
  }

  ReadPlan& plan_;
  RecordOutput& output_;
  const Stop& stop_;
  std::optional<record::RecordBatch> batch_;
  std::unique_ptr<record::WireWriter> writer_;
  std::size_t stream_index_ = 0;
  std::optional<protocol::StreamDescriptor> stream_;
  // Since the last state:
  std::string partition_id_;
  std::int64_t rows_ = 0;
  std::int64_t bytes_ = 0;
  Clock::time_point begun_at_;
};

/// Runs one reading thread's work and turns what it throws into the read's failure. Rows that were
/// read before are sent, so that what their states cover is not lost.
void read_partitions(ReadPlan& plan, RecordOutput& output, const Stop& stop) {
  PartitionReader reader(plan, output, stop);
  try {
    reader.run();
  } catch (const Stopped&) {
    plan.fail({.error = {.code = ErrorCode::cancelled, .message = "stopped"}, .stream = {}});
  } catch (const Failure& failure) {
    plan.fail({failure.error(), reader.stream()});
    output.flush();
  } catch (const std::exception& error) {
    plan.fail({{.code = ErrorCode::internal, .message = error.what()}, reader.stream()});
    output.flush();
  }
}

/// The sockets of a read: takes the peers as they come, and gives a thread to each until the source
/// has as many as it can use. The others are held open, so that their peers see an end like all.
class SocketRead {
 public:
  SocketRead(ReadPlan& plan, const DataChannel& channel, std::size_t threads,
             PlatformOutput& platform, const Stop& stop)
      : plan_(plan), channel_(channel), threads_(threads), platform_(platform), stop_(stop) {
    for (const auto& path : channel.sockets) listeners_.emplace_back(path);
  }

  void run() {
    while (!listeners_.empty() && !stop_.asked() && !ended()) accept_one(-1);
    // One thread may have read everything before the last peers came: they shall not be refused.
    auto deadline = Clock::now() + std::chrono::milliseconds(kLatePeerMillis);
    while (!listeners_.empty() && !stop_.asked() && !plan_.failure() && Clock::now() < deadline) {
      accept_one(50);
    }
    workers_.clear();  // joins
    if (output_closed_) throw OutputClosed{};
    stop_.throw_if_asked();
  }

 private:
  bool ended() const { return ended_.asked(); }

  void accept_one(int timeout_millis) {
    std::vector<pollfd> polled;
    for (const auto& listener : listeners_) polled.push_back({listener.descriptor(), POLLIN, 0});
    polled.push_back({stop_.descriptor(), POLLIN, 0});
    if (!ended()) polled.push_back({ended_.descriptor(), POLLIN, 0});
    ::poll(polled.data(), polled.size(), timeout_millis);
    for (std::size_t index = listeners_.size(); index-- > 0;) {
      if ((polled[index].revents & POLLIN) == 0) continue;
      begin(listeners_[index].accept(), listeners_[index].path());
      listeners_.erase(listeners_.begin() + static_cast<std::ptrdiff_t>(index));
    }
  }

  void begin(base::UniqueFd socket, std::string path) {
    int fd = socket.get();
    peers_.push_back(std::move(socket));
    if (workers_.size() >= threads_ || ended()) return;
    running_.fetch_add(1);
    workers_.emplace_back([this, fd, path = std::move(path)] { work(fd, path); });
  }

  void work(int fd, const std::string& path) {
    auto flush_at = channel_.sockets.size() > 4 ? kFlushAtOfMany : kFlushAt;
    RecordOutput output(channel_.form, &platform_, flush_at,
                        [&](std::string_view bytes) { send_all(fd, bytes, stop_, path); });
    try {
      read_partitions(plan_, output, stop_);
    } catch (const OutputClosed&) {
      output_closed_ = true;
      plan_.fail(
          {.error = {.code = ErrorCode::cancelled, .message = "nobody reads"}, .stream = {}});
    } catch (...) {
      // Flushing after a failure failed too: the first failure is the one that counts.
    }
    if (running_.fetch_sub(1) == 1) ended_.ask();
  }

  ReadPlan& plan_;
  const DataChannel& channel_;
  std::size_t threads_;
  PlatformOutput& platform_;
  const Stop& stop_;
  std::vector<Listener> listeners_;
  std::vector<base::UniqueFd> peers_;
  std::atomic<int> running_{0};
  std::atomic<bool> output_closed_{false};
  Stop ended_;  // asked for when no thread reads any more
  std::vector<std::jthread> workers_;
};

void read_to_stdout(ReadPlan& plan, PlatformOutput& platform, const Stop& stop) {
  RecordOutput output(record::WireForm::jsonl, nullptr, kFlushAt,
                      [&](std::string_view bytes) { platform.write(bytes); });
  read_partitions(plan, output, stop);
  stop.throw_if_asked();
}

}  // namespace

int Source::parallelism(const nlohmann::json&) const {
  return 1;
}

std::vector<StreamRequest> stream_requests(const protocol::ConfiguredCatalog& catalog,
                                           const protocol::StartState& state,
                                           std::int64_t emitted_at) {
  std::vector<StreamRequest> requests;
  for (const auto& stream : catalog.streams) {
    auto schema = record::Schema::from_json_schema(stream.stream.json_schema);
    if (!schema) {
      throw Failure(std::move(schema).error().during(
          fmt::format("reading the schema of {}", to_string(stream.stream.descriptor))));
    }
    StreamRequest request{.stream = stream,
                          .schema = std::make_shared<const record::Schema>(std::move(*schema)),
                          .state = std::nullopt,
                          .emitted_at = emitted_at};
    if (const auto* text = state.of(stream.stream.descriptor)) request.state = *text;
    requests.push_back(std::move(request));
  }
  return requests;
}

bool run_read(Source& source, const nlohmann::json& config, std::vector<StreamRequest> requests,
              const DataChannel& channel, PlatformOutput& platform, const Stop& stop) {
  ReadPlan plan(source, config, std::move(requests), std::random_device{}());
  if (channel.is_stdio()) {
    read_to_stdout(plan, platform, stop);
  } else {
    auto threads = static_cast<std::size_t>(std::max(1, source.parallelism(config)));
    SocketRead(plan, channel, std::min(threads, channel.sockets.size()), platform, stop).run();
  }
  auto failure = plan.failure();
  if (!failure) return true;
  failure->error.origin = Origin::source;
  if (failure->stream) {
    platform.say(stream_status(*failure->stream, protocol::StreamStatusTrace::Status::incomplete));
  }
  platform.say(error_trace(failure->error, failure->stream));
  return false;
}

}  // namespace wharf::connector

#include "connector/write_runtime.h"

#include <wharf/protocol/codec.h>

#include <fmt/format.h>

#include <chrono>

#include "connector/confirmations.h"
#include "connector/coverage.h"
#include "connector/record_input.h"
#include "connector/row_appender.h"

namespace wharf::connector {

namespace {

using Clock = std::chrono::steady_clock;
using Status = protocol::StreamStatusTrace::Status;

constexpr std::int64_t kHeldBytes = std::int64_t{1} << 20;
constexpr auto kStatisticsEvery = std::chrono::milliseconds(1000);

std::vector<protocol::StreamDescriptor> descriptors_of(const WriteRequest& request) {
  std::vector<protocol::StreamDescriptor> descriptors;
  for (const auto& stream : request.streams) descriptors.push_back(stream.stream.stream.descriptor);
  return descriptors;
}

std::vector<record::ReadStream> read_streams_of(const WriteRequest& request) {
  std::vector<record::ReadStream> streams;
  for (const auto& stream : request.streams) {
    streams.push_back({stream.stream.stream.descriptor, stream.schema});
  }
  return streams;
}

class WriteRun {
 public:
  WriteRun(const WriteRequest& request, Writer& writer, const WriteOptions& options,
           PlatformOutput& platform, const Stop& stop)
      : request_(request),
        writer_(writer),
        options_(options),
        platform_(platform),
        input_(options.channel, options.stdin_fd, read_streams_of(request), options.line_limit,
               stop),
        room_(options.waiting_memory),
        coverage_(descriptors_of(request),
                  options.channel.is_stdio() ? Coverage::Order::by_arrival : Coverage::Order::by_id,
                  writer.takes_uncovered_rows()),
        appender_(request.streams, writer),
        confirmations_(descriptors_of(request), Clock::now()),
        streams_(request.streams.size()) {}

  void run() {
    try {
      while (!input_.ended()) {
        if (auto* channel = input_.wait(time_to_wait())) consume(*channel);
        if (confirmations_.is_due(Clock::now())) commit();
        say_statistics();
      }
      complete_streams();
      commit();
    } catch (const OutputClosed&) {
      throw;  // nobody would hear a confirmation
    } catch (...) {
      if (!writer_failed_) commit();
      throw;
    }
  }

 private:
  struct StreamProgress {
    std::int64_t records = 0;  // that have come
    std::int64_t bytes = 0;
    std::int64_t said_records = 0;
    bool source_complete = false;  // the source said so
    bool complete = false;         // nothing may follow any more
  };
  struct Newest {  // the partition of the record before: most often that of the next one too
    std::size_t stream = 0;
    OpenPartition* partition = nullptr;
  };

  std::optional<std::chrono::milliseconds> time_to_wait() const {
    auto wait = confirmations_.due_in(Clock::now());
    // What is due and yet not committed waits for rows, not for time.
    if (wait && wait->count() == 0) wait = kStatisticsEvery;
    if (options_.says_statistics)
      wait = std::min(wait.value_or(kStatisticsEvery), kStatisticsEvery);
    return wait;
  }

  void consume(InputChannel& channel) {
    for (bool whole = true; whole;) {
      auto item = channel.reader().next(channel.bytes());
      switch (item.kind) {
        case record::WireItem::Kind::record:
          take_record(channel, item);
          break;
        case record::WireItem::Kind::message:
          take_message(item.body);
          break;
        case record::WireItem::Kind::skip:
          break;
        case record::WireItem::Kind::incomplete:
          if (channel.ended() && !channel.bytes().empty()) {
            violated(fmt::format("the source ended in the middle of a message, {} bytes into it",
                                 channel.bytes().size()));
          }
          whole = false;
          break;
        case record::WireItem::Kind::unknown_stream:
          violated(fmt::format("a record of stream {}, which is not in the catalog", item.body));
        case record::WireItem::Kind::broken:
          violated(fmt::format("a message that cannot be read: {}", item.body));
      }
      channel.consume(item.size);
    }
    guarded([&] { appender_.flush_all(); });  // the channel's bytes are about to move
  }

  void take_record(InputChannel& channel, const record::WireItem& item) {
    OpenPartition& partition = partition_of(item);
    auto size = static_cast<std::int64_t>(item.size);
    partition.rows += item.rows;
    partition.bytes += size;
    streams_[item.stream].records += item.rows;
    streams_[item.stream].bytes += size;
    auto frame = channel.bytes().substr(0, item.size);
    if (is_direct(item.stream, partition, channel.reader())) {
      guarded([&] { appender_.add(item.stream, frame, channel.reader()); });
    } else {
      partition.waiting.add(frame, room_);
    }
    if (partition.awaited) cover(item.stream, channel.reader());
    last_reader_ = &channel.reader();
  }

  /// Whether the partition's rows are appended as they come. Rows that nothing covers would stand
  /// in the way of committing what is covered, so while that waits the first of them wait too: of a
  /// slow source all that is covered can be committed at any moment, of a fast one soon enough.
  bool is_direct(std::size_t stream, OpenPartition& partition, record::WireReader& reader) {
    if (partition.direct || !partition.may_go_direct) return partition.direct;
    if (confirmations_.waits(stream) && partition.bytes < kHeldBytes) return false;
    partition.direct = true;
    if (!partition.waiting.empty()) {
      guarded([&] { appender_.add_waiting(stream, partition.waiting, room_, reader); });
    }
    return true;
  }

  OpenPartition& partition_of(const record::WireItem& item) {
    bool by_arrival = options_.channel.is_stdio();
    if (newest_.partition != nullptr && newest_.stream == item.stream &&
        (by_arrival || newest_.partition->id == item.partition)) {
      return *newest_.partition;
    }
    if (streams_[item.stream].complete) {
      violated(fmt::format("a record of {} after the stream was complete",
                           to_string(descriptor(item.stream))));
    }
    auto& partition = coverage_.partition(item.stream, item.partition);
    newest_ = {item.stream, &partition};
    return partition;
  }

  void take_message(std::string_view json) {
    auto parsed = lines_.parse(json);
    if (auto* broken = std::get_if<protocol::Broken>(&parsed)) {
      violated(fmt::format("a message that cannot be read: {}", broken->why));
    }
    auto* message = std::get_if<protocol::Message>(&parsed);
    if (message == nullptr) return;
    if (auto* state = std::get_if<protocol::StateMessage>(message)) take_state(std::move(*state));
    if (auto* trace = std::get_if<protocol::TraceMessage>(message)) {
      if (auto* status = std::get_if<protocol::StreamStatusTrace>(&trace->body)) {
        take_status(*status);
      }
    }
  }

  void take_state(protocol::StateMessage state) {
    std::size_t stream = state.stream ? index_of(state.stream->descriptor) : 0;
    coverage_.take(std::move(state));
    cover(stream);
  }

  void take_status(const protocol::StreamStatusTrace& status) {
    if (status.status != Status::complete && status.status != Status::incomplete) return;
    std::size_t stream = index_of(status.stream);
    streams_[stream].source_complete = status.status == Status::complete;
    if (!streams_[stream].source_complete) return;
    // With several sockets rows may still be under way on another: then the end of all tells.
    bool all_has_come =
        options_.channel.is_stdio() || (input_.channels() == 1 && coverage_.is_settled(stream));
    if (all_has_come) complete(stream);
  }

  /// Hands on the rows of every state whose turn has come.
  void cover(std::size_t stream) {
    while (auto covered = coverage_.next(stream)) {
      newest_.partition = nullptr;
      for (auto& rows : covered->partitions) hand_on(rows.stream, rows.partition);
      confirmations_.add_state(std::move(covered->state), stream, covered->rows);
      // Here no row of the stream stands uncovered, a moment that may not come again for long.
      if (writer_.wants_commit() || confirmations_.is_due(Clock::now())) commit();
    }
  }
  void cover(std::size_t stream, record::WireReader& reader) {
    last_reader_ = &reader;
    cover(stream);
  }

  void hand_on(std::size_t stream, OpenPartition& partition) {
    guarded([&] {
      appender_.flush(stream);
      if (!partition.waiting.empty()) {
        appender_.add_waiting(stream, partition.waiting, room_, *last_reader_);
      }
    });
    confirmations_.add_rows(stream, partition.rows, partition.bytes);
  }

  /// Rows after the last state belong to no state and are stored all the same.
  void complete(std::size_t stream) {
    if (streams_[stream].complete) return;
    newest_.partition = nullptr;
    for (auto& partition : coverage_.take_rest(stream)) hand_on(stream, partition);
    streams_[stream].complete = true;
    confirmations_.complete(stream);
  }

  /// The source has ended: every stream it said to be complete is, the others keep what is covered.
  void complete_streams() {
    if (auto missing = coverage_.missing()) violated(*missing);
    std::string incomplete;
    for (std::size_t stream = 0; stream < streams_.size(); ++stream) {
      if (streams_[stream].source_complete) {
        complete(stream);
      } else {
        incomplete += (incomplete.empty() ? "" : ", ") + to_string(descriptor(stream));
      }
    }
    if (incomplete.empty()) return;
    platform_.log(protocol::LogMessage::Level::warn,
                  "the source ended without completing " + incomplete +
                      ": what its states cover is kept, nothing is replaced");
  }

  void commit() {
    auto commit = confirmations_.make_commit(
        [&](std::size_t stream) { return !coverage_.has_uncovered_appended(stream); });
    if (!commit) return;
    guarded([&] { writer_.commit(*commit); });
    auto lines = confirmations_.confirm(*commit, Clock::now());
    if (!lines.empty()) platform_.write(lines);
  }

  /// What a writer that failed holds is unknown: it is not asked to commit again.
  template <class F>
  void guarded(F&& f) {
    try {
      f();
    } catch (const StreamFailure&) {
      throw;  // a record that could not be read: the writer is as it was
    } catch (...) {
      writer_failed_ = true;
      throw;
    }
  }

  /// Counts for displays, until the commits say the same.
  void say_statistics() {
    if (!options_.says_statistics || Clock::now() - statistics_at_ < kStatisticsEvery) return;
    statistics_at_ = Clock::now();
    std::string lines;
    for (std::size_t stream = 0; stream < streams_.size(); ++stream) {
      auto& progress = streams_[stream];
      if (progress.records == progress.said_records) continue;
      progress.said_records = progress.records;
      protocol::RecordMessage message;
      message.stream = descriptor(stream);
      message.is_dummy_stats = true;
      message.emitted_records = progress.records;
      message.emitted_bytes = progress.bytes;
      protocol::append_line(lines, message);
    }
    if (!lines.empty()) platform_.write(lines);
  }

  const protocol::StreamDescriptor& descriptor(std::size_t stream) const {
    return request_.streams[stream].stream.stream.descriptor;
  }

  std::size_t index_of(const protocol::StreamDescriptor& wanted) const {
    for (std::size_t stream = 0; stream < streams_.size(); ++stream) {
      if (descriptor(stream) == wanted) return stream;
    }
    violated(fmt::format("the source speaks of stream {}, which is not in the catalog",
                         to_string(wanted)));
  }

  const WriteRequest& request_;
  Writer& writer_;
  const WriteOptions& options_;
  PlatformOutput& platform_;
  RecordInput input_;
  protocol::LineReader lines_;
  WaitingRoom room_;
  Coverage coverage_;
  RowAppender appender_;
  Confirmations confirmations_;
  std::vector<StreamProgress> streams_;
  Newest newest_;
  record::WireReader* last_reader_ = nullptr;  // any reader decodes any channel's frames
  bool writer_failed_ = false;
  Clock::time_point statistics_at_ = Clock::now();
};

}  // namespace

void run_write(const WriteRequest& request, Writer& writer, const WriteOptions& options,
               PlatformOutput& platform, const Stop& stop) {
  WriteRun(request, writer, options, platform, stop).run();
}

}  // namespace wharf::connector

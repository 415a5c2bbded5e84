#pragma once
// An honest source and an honest destination that keep everything in memory.

#include <wharf/connector/destination.h>
#include <wharf/connector/source.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace wharf::fakes {

/// A stream `name` of the columns `id` (integer) and `text` (string).
inline protocol::ConfiguredStream stream_named(
    const std::string& name, protocol::SyncMode mode = protocol::SyncMode::incremental) {
  protocol::ConfiguredStream stream;
  stream.stream.descriptor.name = name;
  stream.stream.json_schema =
      R"({"type":"object","properties":{"id":{"type":"integer"},"text":{"type":"string"}}})";
  stream.sync_mode = mode;
  return stream;
}

inline std::shared_ptr<const record::Schema> schema_of(const protocol::ConfiguredStream& stream) {
  return std::make_shared<const record::Schema>(
      record::Schema::from_json_schema(stream.stream.json_schema).value());
}

/// Rows 0 … rows-1 of every stream, in partitions of `rows_per_partition`. Its state is the number
/// of rows that are behind it: {"next":n}.
class MemorySource : public connector::Source {
 public:
  std::int64_t rows = 100;
  std::int64_t rows_per_partition = 10;
  int threads = 4;
  bool parallel = true;
  std::int64_t fails_at = -1;  ///< the row at which reading fails

  protocol::ConnectorSpecification spec() const override {
    protocol::ConnectorSpecification spec;
    spec.connection_specification =
        R"({"type":"object","required":["count"],"properties":{"count":{"type":"integer"}}})";
    return spec;
  }
  protocol::ConnectionStatus check(const nlohmann::json&) override {
    return {.succeeded = true, .message = ""};
  }
  Result<protocol::Catalog> discover(const nlohmann::json&) override {
    protocol::Catalog catalog;
    catalog.streams.push_back(stream_named("numbers").stream);
    return catalog;
  }
  int parallelism(const nlohmann::json&) const override { return threads; }
  std::unique_ptr<connector::StreamReader> open(const nlohmann::json&,
                                                connector::StreamRequest request) override {
    std::int64_t begin = 0;
    if (request.state) {
      auto state = nlohmann::json::parse(*request.state);
      if (!state.contains("next")) throw Failure(ErrorCode::invalid_config, "not a state of mine");
      begin = state["next"];
    }
    return std::make_unique<Reader>(*this, begin);
  }

 private:
  class Rows : public connector::Partition {
   public:
    Rows(const MemorySource& source, std::int64_t begin, std::int64_t end)
        : source_(source), next_(begin), end_(end) {}
    bool fill(record::RecordBatch& batch) override {
      for (int row = 0; row < 4 && next_ < end_; ++row, ++next_) {
        if (next_ == source_.fails_at) throw Failure(ErrorCode::connector_failed, "row is broken");
        auto* values = batch.append_row(1700000000000);
        values[0] = record::Value::integer(next_);
        values[1] = record::Value::string(batch.keep("row " + std::to_string(next_)));
      }
      return next_ < end_;
    }
    std::optional<protocol::JsonText> state() override {
      return "{\"next\":" + std::to_string(next_) + "}";
    }

   private:
    const MemorySource& source_;
    std::int64_t next_;
    std::int64_t end_;
  };

  class Reader : public connector::StreamReader {
   public:
    Reader(const MemorySource& source, std::int64_t begin) : source_(source), next_(begin) {}
    std::unique_ptr<connector::Partition> next_partition() override {
      if (next_ >= source_.rows) return nullptr;
      auto begin = next_;
      next_ = std::min(source_.rows, next_ + source_.rows_per_partition);
      return std::make_unique<Rows>(source_, begin, next_);
    }
    bool parallel() const override { return source_.parallel; }
    protocol::JsonText empty_state() override { return R"({"next":0})"; }
    std::optional<std::int64_t> estimated_rows() override { return source_.rows; }

   private:
    const MemorySource& source_;
    std::int64_t next_;
  };
};

/// What one stream of a MemoryWriter holds.
struct MemoryTable {
  std::vector<std::int64_t> appended;  ///< the `id` of each row, in order
  std::size_t committed = 0;           ///< how many of them the position covers
  std::optional<std::string> state;    ///< the newest committed one
  bool complete = false;

  std::vector<std::int64_t> rows() const {
    return {appended.begin(), appended.begin() + static_cast<std::ptrdiff_t>(committed)};
  }
};

class MemoryWriter : public connector::Writer {
 public:
  MemoryWriter(std::size_t streams, bool takes_uncovered)
      : tables(streams), takes_uncovered_(takes_uncovered) {}

  std::vector<MemoryTable> tables;
  std::optional<std::string> global;
  int commits = 0;
  std::int64_t fails_at = -1;  ///< the id at which appending fails

  protocol::Position position() const override { return {}; }
  void append(std::size_t stream, const record::RecordBatch& rows) override {
    for (std::size_t row = 0; row < rows.size(); ++row) {
      auto id = rows.row(row)[0].as_integer();
      if (id == fails_at) throw Failure(ErrorCode::environment, "the disk is full");
      tables[stream].appended.push_back(id);
    }
  }
  void commit(const connector::Commit& commit) override {
    ++commits;
    for (const auto& stream : commit.streams) {
      auto& table = tables[stream.index];
      table.committed = table.appended.size();
      if (stream.state) table.state = stream.state;
      table.complete = table.complete || stream.complete;
    }
    if (commit.global) global = commit.global;
  }
  bool takes_uncovered_rows() const override { return takes_uncovered_; }

 private:
  bool takes_uncovered_;
};

}  // namespace wharf::fakes

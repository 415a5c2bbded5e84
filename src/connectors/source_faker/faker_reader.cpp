#include "connectors/source_faker/faker_reader.h"

#include <wharf/error.h>
#include <wharf/record/coercion.h>

#include <algorithm>
#include <random>
#include <utility>

#include "connectors/source_faker/faker_rows.h"
#include "connectors/source_faker/faker_state.h"

namespace wharf::connectors::faker {
namespace {

// Rows of a batch, so that it is about 64 KB.
constexpr std::int64_t kRowsAtOnce = 200;

std::int64_t random_seed() {
  std::random_device device;
  return static_cast<std::int64_t>(device() >> 1);
}

std::int64_t rows_of(StreamKind kind, const Config& config) {
  return kind == StreamKind::products ? std::min(config.count, kProducts) : config.count;
}

/// What is shared by all slices of a read; never changes once made.
struct Reading {
  Pass pass;
  std::int64_t total = 0;  // rows, and so the last id
  std::unique_ptr<RowMaker> rows;
  bool coerces = false;  // the configured schema has other types than ours

  protocol::JsonText state_after(std::int64_t id) const {
    return to_text({pass.seed, id, pass.updated_at, id >= total});
  }
};

class Slice final : public connector::Partition {
 public:
  Slice(std::shared_ptr<const Reading> reading, std::int64_t done, std::int64_t last)
      : reading_(std::move(reading)), done_(done), last_(last) {}

  bool fill(record::RecordBatch& batch) override {
    std::int64_t until = std::min(last_, done_ + kRowsAtOnce);
    reading_->rows->append(reading_->pass, done_ + 1, until, batch);
    if (reading_->coerces) record::coerce_rows(batch, record::Reason::source_serialization);
    done_ = until;
    return done_ < last_;
  }

  std::optional<protocol::JsonText> state() override { return reading_->state_after(done_); }

 private:
  const std::shared_ptr<const Reading> reading_;
  std::int64_t done_;  // the last id made
  const std::int64_t last_;
};

class FakerReader final : public connector::StreamReader {
 public:
  FakerReader(std::shared_ptr<const Reading> reading, std::int64_t done, std::int64_t slice)
      : reading_(std::move(reading)), done_(done), slice_(slice) {}

  std::unique_ptr<connector::Partition> next_partition() override {
    if (done_ >= reading_->total) return nullptr;
    std::int64_t first = std::exchange(done_, std::min(reading_->total, done_ + slice_));
    return std::make_unique<Slice>(reading_, first, done_);
  }
  bool parallel() const override { return true; }
  protocol::JsonText empty_state() override { return reading_->state_after(done_); }
  std::optional<std::int64_t> estimated_rows() override {
    return std::max<std::int64_t>(0, reading_->total - done_);
  }

 private:
  const std::shared_ptr<const Reading> reading_;
  std::int64_t done_;  // the last id that a slice was given for
  const std::int64_t slice_;
};

/// A pass that was begun goes on with its seed and its `updated_at`, so that resuming gives the
/// very rows that were missing. After a complete one, `always_updated` begins the next.
State begin(const Config& config, const connector::StreamRequest& request) {
  std::optional<std::int64_t> now;
  if (config.always_updated) now = request.emitted_at / 1000;
  std::optional<State> state = request.state ? parse_state(*request.state) : std::nullopt;
  if (!state) {
    bool random = config.seed == Config::kRandomSeed;
    return {random ? random_seed() : config.seed, 0, now, false};
  }
  if (config.seed != Config::kRandomSeed && config.seed != state->seed) {
    refuse("stream " + to_string(request.stream.stream.descriptor) + " was read with seed " +
           std::to_string(state->seed) + ", and the configuration says seed " +
           std::to_string(config.seed) + "; put it back, or clear the stream's state");
  }
  if (!state->complete) return *state;
  bool again = now && request.stream.sync_mode == protocol::SyncMode::incremental;
  if (again) return {state->seed, 0, std::max(*now, state->updated_at.value_or(*now)), false};
  return *state;
}

bool has_other_types(StreamKind kind, const record::Schema& schema) {
  for (const protocol::Stream& stream : catalog().streams) {
    if (stream_kind(stream.descriptor.name) != kind) continue;
    record::Schema ours = record::Schema::from_json_schema(stream.json_schema).value();
    return std::ranges::any_of(schema.columns(), [&](const record::Column& column) {
      auto found = ours.find(column.name);
      return found && ours[*found].type != column.type;
    });
  }
  return false;
}

}  // namespace

std::unique_ptr<connector::StreamReader> make_faker_reader(const Config& config,
                                                           connector::StreamRequest request) {
  const protocol::StreamDescriptor& descriptor = request.stream.stream.descriptor;
  std::optional<StreamKind> kind = stream_kind(descriptor.name);
  if (!kind) {
    refuse("there is no stream " + to_string(descriptor) +
           "; there are users, products and purchases");
  }
  State start = begin(config, request);
  auto reading = std::make_shared<Reading>();
  reading->pass = {start.seed, config.count, std::min(config.count, kProducts), start.updated_at,
                   request.emitted_at};
  reading->total = std::max(rows_of(*kind, config), start.id);
  reading->rows = make_row_maker(*kind, *request.schema);
  reading->coerces = has_other_types(*kind, *request.schema);
  return std::make_unique<FakerReader>(std::move(reading), start.id, config.records_per_slice);
}

}  // namespace wharf::connectors::faker

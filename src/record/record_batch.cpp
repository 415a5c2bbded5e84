#include <wharf/record/record_batch.h>

#include <algorithm>

namespace wharf::record {
namespace {

constexpr std::size_t kFirstBlock = std::size_t{64} << 10;
constexpr std::size_t kLargestBlock = std::size_t{1} << 20;
constexpr std::size_t kKeptBytes = std::size_t{1} << 20;

struct ByRow {
  bool operator()(const RecordedChange& change, std::size_t row) const { return change.row < row; }
  bool operator()(std::size_t row, const RecordedChange& change) const { return row < change.row; }
};

}  // namespace

std::string_view name_of(Change change) {
  return change == Change::truncated ? "TRUNCATED" : "NULLED";
}

std::string_view name_of(Reason reason) {
  switch (reason) {
    case Reason::source_record_size:
      return "SOURCE_RECORD_SIZE_LIMITATION";
    case Reason::destination_record_size:
      return "DESTINATION_RECORD_SIZE_LIMITATION";
    case Reason::platform_record_size:
      return "PLATFORM_RECORD_SIZE_LIMITATION";
    case Reason::source_field_size:
      return "SOURCE_FIELD_SIZE_LIMITATION";
    case Reason::destination_field_size:
      return "DESTINATION_FIELD_SIZE_LIMITATION";
    case Reason::platform_field_size:
      return "PLATFORM_FIELD_SIZE_LIMITATION";
    case Reason::source_serialization:
      return "SOURCE_SERIALIZATION_ERROR";
    case Reason::destination_serialization:
      return "DESTINATION_SERIALIZATION_ERROR";
    case Reason::platform_serialization:
      return "PLATFORM_SERIALIZATION_ERROR";
    case Reason::source_retrieval:
      return "SOURCE_RETRIEVAL_ERROR";
    case Reason::destination_typecast:
      return "DESTINATION_TYPECAST_ERROR";
  }
  return "PLATFORM_SERIALIZATION_ERROR";
}

RecordBatch::RecordBatch(std::shared_ptr<const Schema> schema)
    : schema_(std::move(schema)), width_(schema_->size()) {}

RecordBatch::NewRows RecordBatch::append_rows(std::size_t count) {
  const std::size_t first = size();
  if (first + count > emitted_at_.capacity()) grow(first + count);
  emitted_at_.resize(first + count);
  return {values_.data() + first * width_, emitted_at_.data() + first};
}

void RecordBatch::drop_last_row() {
  emitted_at_.pop_back();
  while (!changes_.empty() && changes_.back().row >= size()) changes_.pop_back();
}

std::span<const RecordedChange> RecordBatch::changes(std::size_t row) const {
  if (changes_.empty()) return {};
  auto [first, last] = std::equal_range(changes_.begin(), changes_.end(), row, ByRow{});
  return {first, last};
}

void RecordBatch::add_change(std::string_view field, Change change, Reason reason) {
  add_change_at(size() - 1, field, change, reason);
}

void RecordBatch::add_change_at(std::size_t row, std::string_view field, Change change,
                                Reason reason) {
  auto behind = std::upper_bound(changes_.begin(), changes_.end(), row, ByRow{});
  changes_.insert(behind, {static_cast<std::uint32_t>(row), std::string(field), change, reason});
}

void RecordBatch::clear() {
  emitted_at_.clear();
  changes_.clear();
  std::size_t kept = 0;
  std::size_t bytes = 0;
  while (kept < blocks_.size() && bytes + blocks_[kept].size <= kKeptBytes) {
    bytes += blocks_[kept++].size;
  }
  blocks_.resize(kept);
  block_ = 0;
  arena_free_ = blocks_.empty() ? nullptr : blocks_[0].bytes.get();
  arena_end_ = blocks_.empty() ? nullptr : arena_free_ + blocks_[0].size;
}

void RecordBatch::grow(std::size_t rows) {
  constexpr std::size_t kFirstRows = 64;
  emitted_at_.reserve(std::max({rows, emitted_at_.size() * 2, kFirstRows}));
  values_.resize(emitted_at_.capacity() * width_);
}

char* RecordBatch::allocate_slowly(std::size_t size) {
  // What is left of the present block stays unused until the next clear.
  do {
    if (arena_end_ != nullptr) ++block_;
    if (block_ == blocks_.size()) {
      std::size_t grown = blocks_.empty() ? kFirstBlock : blocks_.back().size * 2;
      std::size_t wanted = std::max(size, std::min(grown, kLargestBlock));
      blocks_.push_back({std::make_unique_for_overwrite<char[]>(wanted), wanted});
    }
    arena_free_ = blocks_[block_].bytes.get();
    arena_end_ = arena_free_ + blocks_[block_].size;
  } while (size > blocks_[block_].size);
  char* at = arena_free_;
  arena_free_ += size;
  return at;
}

}  // namespace wharf::record

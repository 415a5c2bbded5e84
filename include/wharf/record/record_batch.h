#pragma once

#include <wharf/record/schema.h>
#include <wharf/record/value.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace wharf::record {

enum class Change : std::uint8_t { nulled, truncated };
/// Numbers as on the wire (data-plane 3.3).
enum class Reason : std::uint8_t {
  source_record_size = 0,
  destination_record_size = 1,
  platform_record_size = 2,
  source_field_size = 3,
  destination_field_size = 4,
  platform_field_size = 5,
  source_serialization = 6,
  destination_serialization = 7,
  platform_serialization = 8,
  source_retrieval = 9,
  destination_typecast = 10,
};
std::string_view name_of(Change change);  ///< "NULLED"
std::string_view name_of(Reason reason);  ///< "SOURCE_SERIALIZATION_ERROR"

/// A value that is not what the source held, and why (`_airbyte_meta.changes`).
struct RecordedChange {
  std::uint32_t row;
  std::string field;
  Change change;
  Reason reason;
};

/// Rows of typed values of one stream, in order. Owned by one thread at a time; cleared and filled
/// again, so that a steady state allocates nothing.
///
/// Texts are views: into the arena (`keep`), or into a buffer whose owner promises to leave it
/// alone until the batch is cleared (a file's mapped block, a socket's read buffer).
class RecordBatch {
 public:
  explicit RecordBatch(std::shared_ptr<const Schema> schema);
  RecordBatch(RecordBatch&&) noexcept = default;
  RecordBatch& operator=(RecordBatch&&) noexcept = default;

  const Schema& schema() const { return *schema_; }
  std::shared_ptr<const Schema> shared_schema() const { return schema_; }
  std::size_t size() const { return emitted_at_.size(); }
  bool empty() const { return emitted_at_.empty(); }

  /// A new row of nulls; the pointer holds until the next append. Values stand in wire order.
  Value* append_row(std::int64_t emitted_at) {
    if (size() == emitted_at_.capacity()) grow(size() + 1);
    Value* row = values_.data() + size() * width_;
    emitted_at_.push_back(emitted_at);
    static_assert(static_cast<int>(Kind::null) == 0);  // so that a null is all zeros
    if (width_ != 0) std::memset(static_cast<void*>(row), 0, width_ * sizeof(Value));
    return row;
  }
  /// `count` new rows at once. Whoever asks writes all of their values and times.
  struct NewRows {
    Value* values;
    std::int64_t* emitted_at;
  };
  NewRows append_rows(std::size_t count);
  /// Takes the newest row back, with its recorded changes.
  void drop_last_row();

  std::span<const Value> row(std::size_t index) const {
    return {values_.data() + index * width_, width_};
  }
  std::span<Value> row(std::size_t index) { return {values_.data() + index * width_, width_}; }
  /// Epoch milliseconds.
  std::int64_t emitted_at(std::size_t index) const { return emitted_at_[index]; }

  /// Changes, in the order of their rows: few, usually none.
  const std::vector<RecordedChange>& changes() const { return changes_; }
  std::span<const RecordedChange> changes(std::size_t row) const;
  /// Of the newest row, or (`row`) of any row not before the newest change's.
  void add_change(std::string_view field, Change change, Reason reason);
  void add_change_at(std::size_t row, std::string_view field, Change change, Reason reason);

  /// `size` bytes that live as long as the batch is not cleared.
  char* allocate(std::size_t size) {
    if (size <= static_cast<std::size_t>(arena_end_ - arena_free_)) {
      char* at = arena_free_;
      arena_free_ += size;
      return at;
    }
    return allocate_slowly(size);
  }
  /// A copy of `text` in the arena.
  std::string_view keep(std::string_view text) {
    if (text.empty()) return {};
    char* at = allocate(text.size());
    std::memcpy(at, text.data(), text.size());
    return {at, text.size()};
  }

  /// Empty again; memory is kept for the next rows (the arena's first blocks, up to 1 MB).
  void clear();

 private:
  char* allocate_slowly(std::size_t size);
  void grow(std::size_t rows);

  std::shared_ptr<const Schema> schema_;
  std::size_t width_;
  std::vector<std::int64_t> emitted_at_;
  std::vector<Value> values_;  // for as many rows as emitted_at_ has room for
  std::vector<RecordedChange> changes_;
  struct Block {
    std::unique_ptr<char[]> bytes;
    std::size_t size;
  };
  std::vector<Block> blocks_;
  std::size_t block_ = 0;  // the block that arena_free_ points into
  char* arena_free_ = nullptr;
  char* arena_end_ = nullptr;
};

}  // namespace wharf::record

#pragma once
// The columns that every destination adds to a row (sync-semantics 3.1).

#include <wharf/record/buffer.h>
#include <wharf/record/record_batch.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace wharf::record {

inline constexpr std::string_view kRawId = "_airbyte_raw_id";
inline constexpr std::string_view kExtractedAt = "_airbyte_extracted_at";
inline constexpr std::string_view kGenerationId = "_airbyte_generation_id";
inline constexpr std::string_view kMeta = "_airbyte_meta";

/// Makes UUIDs of version 4 from a generator seeded by the kernel. One thread.
class RawIds {
 public:
  RawIds();
  /// Writes 36 characters.
  void next(char* out);

 private:
  std::array<std::uint64_t, 4> state_;
};

/// `{"sync_id":12,"changes":[…]}`; without a sync id only the changes.
void append_meta_json(Buffer& out, std::optional<std::int64_t> sync_id,
                      std::span<const RecordedChange> changes);

}  // namespace wharf::record

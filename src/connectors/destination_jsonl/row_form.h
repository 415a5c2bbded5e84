#pragma once

#include <wharf/connector/destination.h>
#include <wharf/record/buffer.h>
#include <wharf/record/json_fields.h>
#include <wharf/record/meta_columns.h>

#include <cstdint>
#include <optional>
#include <span>

#include "connectors/destination_jsonl/jsonl_config.h"

namespace wharf::connectors::jsonl {

/// Writes the rows of one stream as lines of JSON. What is the same in every row (keys, generation,
/// sync id, punctuation) is made once; a row is copies of that and of its values. One thread.
class RowForm {
 public:
  RowForm(const Config& config, const connector::WriteStream& stream);

  void append(const record::RecordBatch& rows, record::Buffer& out);

 private:
  void append_head(std::int64_t emitted_at, std::span<const record::RecordedChange> changes,
                   record::Buffer& out);
  void make_head(std::int64_t emitted_at);

  const bool raw_;
  const bool has_head_;  // `_airbyte_*` columns before the fields
  const std::int64_t generation_;
  const std::optional<std::int64_t> sync_id_;
  const record::JsonFields fields_;
  record::RawIds raw_ids_;

  // What stands before the fields, made for one moment of emission, with room for the id:
  std::optional<std::int64_t> emitted_at_;
  record::Buffer before_meta_;
  record::Buffer head_;  // before_meta_ and the meta of a row without changes
};

}  // namespace wharf::connectors::jsonl

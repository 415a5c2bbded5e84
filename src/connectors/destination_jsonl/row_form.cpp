#include "connectors/destination_jsonl/row_form.h"

#include <wharf/record/text_form.h>

#include <cstring>

namespace wharf::connectors::jsonl {
namespace {

constexpr std::string_view kId = R"({"_airbyte_raw_id":")";
constexpr std::string_view kRawId = R"({"_airbyte_ab_id":")";
constexpr std::size_t kIdChars = 36;

void append_integer(record::Buffer& out, std::int64_t integer) {
  record::append_text(out, record::Value::integer(integer));
}

/// What stands before the first field's key.
std::string_view opening(bool has_head, bool raw) {
  if (!has_head) return "{";
  return raw ? "" : ",";
}

}  // namespace

RowForm::RowForm(const Config& config, const connector::WriteStream& stream)
    : raw_(config.layout == Layout::raw),
      has_head_(raw_ || config.metadata_columns),
      generation_(stream.generation),
      sync_id_(stream.sync_id),
      fields_(*stream.schema, opening(has_head_, raw_), raw_ ? "}}\n" : "}\n") {}

void RowForm::append(const record::RecordBatch& rows, record::Buffer& out) {
  const bool changed = !rows.changes().empty();
  for (std::size_t row = 0; row < rows.size(); ++row) {
    if (has_head_) {
      auto changes = changed ? rows.changes(row) : std::span<const record::RecordedChange>();
      append_head(rows.emitted_at(row), changes, out);
    } else if (fields_.empty()) {
      out.append('{');
    }
    fields_.append(rows.row(row), out);
  }
}

void RowForm::append_head(std::int64_t emitted_at, std::span<const record::RecordedChange> changes,
                          record::Buffer& out) {
  if (emitted_at != emitted_at_) make_head(emitted_at);
  const bool plain = changes.empty() || raw_;
  const std::string_view head = plain ? head_.view() : before_meta_.view();
  char* to = out.room(head.size());
  std::memcpy(to, head.data(), head.size());
  raw_ids_.next(to + (raw_ ? kRawId : kId).size());
  out.advance(to + head.size());
  if (!plain) record::append_meta_json(out, sync_id_, changes);
}

void RowForm::make_head(std::int64_t emitted_at) {
  emitted_at_ = emitted_at;
  before_meta_.clear();
  head_.clear();
  before_meta_.append(raw_ ? kRawId : kId);
  for (std::size_t i = 0; i < kIdChars; ++i) before_meta_.append('0');
  before_meta_.append(raw_ ? R"(","_airbyte_emitted_at":)" : R"(","_airbyte_extracted_at":)");
  append_integer(before_meta_, emitted_at);
  if (raw_) {
    before_meta_.append(R"(,"_airbyte_data":{)");
    return head_.append(before_meta_.view());
  }
  before_meta_.append(R"(,"_airbyte_generation_id":)");
  append_integer(before_meta_, generation_);
  before_meta_.append(R"(,"_airbyte_meta":)");
  head_.append(before_meta_.view());
  record::append_meta_json(head_, sync_id_, {});
}

}  // namespace wharf::connectors::jsonl

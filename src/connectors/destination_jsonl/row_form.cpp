#include "connectors/destination_jsonl/row_form.h"

#include <wharf/record/text_form.h>

#include <algorithm>
#include <cstring>

namespace wharf::connectors::jsonl {
namespace {

constexpr std::string_view kId = R"({"_airbyte_raw_id":")";
constexpr std::string_view kRawId = R"({"_airbyte_ab_id":")";
constexpr std::size_t kIdChars = 36;
// Most keys are shorter than this; a copy of so many bytes is two moves, and no call.
constexpr std::size_t kKeyStep = 32;

void append_integer(record::Buffer& out, std::int64_t integer) {
  record::append_text(out, record::Value::integer(integer));
}

/// JSON text may be laid out over lines; a row is one. Outside strings a space means the same, and
/// inside strings a line end cannot stand.
void append_json_on_one_line(record::Buffer& out, std::string_view json) {
  std::size_t begin = out.size();
  out.append(json);
  char* at = out.data() + begin;
  for (char line_end : {'\n', '\r'}) {
    if (std::memchr(at, line_end, json.size()) == nullptr) continue;
    std::replace(at, at + json.size(), line_end, ' ');
  }
}

}  // namespace

RowForm::RowForm(const Config& config, const connector::WriteStream& stream)
    : raw_(config.layout == Layout::raw),
      has_head_(raw_ || config.metadata_columns),
      generation_(stream.generation),
      sync_id_(stream.sync_id),
      end_(raw_ ? "}}\n" : "}\n") {
  for (std::uint32_t column : stream.schema->declared()) {
    record::Buffer key;
    bool follows = !fields_.empty() || (has_head_ && !raw_);
    if (follows) key.append(',');
    if (!follows && !has_head_) key.append('{');
    record::append_json_string(key, (*stream.schema)[column].name);
    key.append(':');
    std::size_t size = key.size();
    fields_.push_back({column, std::string(key.view()), size});
    fields_.back().key.resize(std::max(size, kKeyStep));
  }
}

void RowForm::append(const record::RecordBatch& rows, record::Buffer& out) {
  const bool changed = !rows.changes().empty();
  for (std::size_t row = 0; row < rows.size(); ++row) {
    if (has_head_) {
      auto changes = changed ? rows.changes(row) : std::span<const record::RecordedChange>();
      append_head(rows.emitted_at(row), changes, out);
    } else if (fields_.empty()) {
      out.append('{');
    }
    std::span<const record::Value> values = rows.row(row);
    for (const Field& field : fields_) append_field(field, values[field.column], out);
    out.append(end_);
  }
}

void RowForm::append_field(const Field& field, const record::Value& value, record::Buffer& out) {
  if (field.size <= kKeyStep) {
    char* at = out.room(kKeyStep);
    std::memcpy(at, field.key.data(), kKeyStep);
    out.advance(at + field.size);
  } else {
    out.append(std::string_view(field.key.data(), field.size));
  }
  if (value.kind() == record::Kind::json) {
    append_json_on_one_line(out, value.as_text());
  } else {
    record::append_json(out, value);
  }
}

void RowForm::append_head(std::int64_t emitted_at, std::span<const record::RecordedChange> changes,
                          record::Buffer& out) {
  if (emitted_at != emitted_at_) make_head(emitted_at);
  const bool plain = changes.empty() || raw_;
  const std::size_t id = out.size() + (raw_ ? kRawId : kId).size();
  out.append(plain ? head_.view() : before_meta_.view());
  raw_ids_.next(out.data() + id);
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

#include "connectors/destination_sqlite/batch_rows.h"

#include <wharf/record/text_form.h>

#include <algorithm>
#include <charconv>
#include <string_view>
#include <system_error>

namespace wharf::connectors::sqlite_destination {
namespace {

using record::Kind;
using record::Value;

// Beyond these a double does not hold every integer.
constexpr std::int64_t kExactInDouble = std::int64_t{1} << 53;
bool exact_in_double(std::int64_t integer) {
  return integer <= kExactInDouble && integer >= -kExactInDouble;
}

// What SQLite takes for a number although JSON does not: `007`, `+7`, ` 7`, `.5`.
bool looks_numeric(std::string_view text) {
  constexpr std::string_view kSpace = " \t\n\v\f\r";
  const auto first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return false;
  text = text.substr(first, text.find_last_not_of(kSpace) + 1 - first);
  if (text[0] == '-' || text[0] == '+') text.remove_prefix(1);
  if (text.empty() || (text[0] != '.' && (text[0] < '0' || text[0] > '9'))) return false;
  double ignored = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), ignored);
  return read.ec != std::errc::invalid_argument && read.ptr == text.data() + text.size();
}

}  // namespace

BatchRows::BatchRows(Fixed fixed) : fixed_(std::move(fixed)), texts_(fixed_.fields.size()) {
  record::Buffer buffer;
  record::append_meta_json(buffer, fixed_.sync_id, {});
  plain_meta_ = std::string(buffer.view());
}

void BatchRows::set_affinities(std::vector<Affinity> affinities) {
  affinities_ = std::move(affinities);
  all_fit_ = std::all_of(affinities_.begin(), affinities_.end(), [](Affinity affinity) {
    return affinity == Affinity::none || affinity == Affinity::text;
  });
}

void BatchRows::set(const record::RecordBatch& batch, std::size_t first, std::size_t last) {
  batch_ = &batch;
  first_ = first;
  last_ = last;
  entered_ = 0;
}

void BatchRows::enter(std::size_t row) {
  entered_ = row + 1;
  raw_ids_.next(raw_id_);
  if (const auto millis = batch_->emitted_at(row);
      millis != extracted_at_ || extracted_text_.empty()) {
    extracted_at_ = millis;
    extracted_text_.clear();
    record::append_iso_millis(extracted_text_, millis);
  }
}

void BatchRows::cell(std::size_t row, std::size_t column, sqlite::Cell out) noexcept {
  // Out of memory is all that can be thrown here; nothing can be done about it within SQLite.
  const std::size_t at = first_ + row;
  if (entered_ != at + 1) enter(at);
  switch (column) {
    case 0:
      return out.text({raw_id_, sizeof raw_id_});
    case 1:
      return out.text(extracted_text_.view());
    case 2:
      return out.integer(fixed_.generation);
    case 3:
      return meta(out);
    default:
      column -= kMetaColumns;
      return column < fixed_.fields.size() ? field(column, out) : key(out);
  }
}

void BatchRows::meta(sqlite::Cell out) {
  const std::size_t row = entered_ - 1;
  const auto changes = batch_->changes(row);
  if (changes.empty() && all_fit_) return out.text(plain_meta_);
  std::vector<record::RecordedChange> all(changes.begin(), changes.end());
  for (std::size_t i = 0; i < fixed_.fields.size(); ++i)
    if (const auto wire = fixed_.fields[i]; bends(affinities_[i], batch_->row(row)[wire]))
      all.push_back({static_cast<std::uint32_t>(row), batch_->schema()[wire].name,
                     record::Change::nulled, record::Reason::destination_field_size});
  meta_text_.clear();
  record::append_meta_json(meta_text_, fixed_.sync_id, all);
  out.text(meta_text_.view());
}

void BatchRows::field(std::size_t column, sqlite::Cell out) {
  const Value& value = batch_->row(entered_ - 1)[fixed_.fields[column]];
  const Affinity affinity = affinities_[column];
  if (value.is_null() || bends(affinity, value)) return;
  if (value.is_text()) return out.text(value.as_text());
  if (affinity != Affinity::text) {
    switch (value.kind()) {
      case Kind::boolean:
        return out.integer(value.as_bool() ? 1 : 0);
      case Kind::integer:
        if (fixed_.reals[column] && exact_in_double(value.as_integer()))
          return out.real(static_cast<double>(value.as_integer()));
        return out.integer(value.as_integer());
      case Kind::number:
        return out.real(value.as_number());
      default:
        break;
    }
  }
  auto& text = texts_[column];
  text.clear();
  record::append_text_utc(text, value);
  out.text(text.view());
}

void BatchRows::key(sqlite::Cell out) {
  key_text_.clear();
  for (const auto wire : fixed_.key) {
    if (!key_text_.empty()) key_text_.append(',');
    record::append_json(key_text_, batch_->row(entered_ - 1)[wire]);
  }
  out.text(key_text_.view());
}

bool BatchRows::bends(Affinity affinity, const Value& value) {
  if (affinity == Affinity::none || affinity == Affinity::text) return false;
  Value number = value;
  if (value.is_text()) {
    if (!record::parse_number(value.as_text(), number)) return looks_numeric(value.as_text());
    if (number.is_text()) return true;
  }
  return affinity == Affinity::real && number.kind() == Kind::integer &&
         !exact_in_double(number.as_integer());
}

}  // namespace wharf::connectors::sqlite_destination

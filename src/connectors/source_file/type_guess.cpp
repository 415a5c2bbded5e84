#include "connectors/source_file/type_guess.h"

#include <wharf/record/text_form.h>

#include <array>
#include <utility>

namespace wharf::connectors::source_file {
namespace {

using record::Kind;
using record::Type;
using record::Value;

constexpr std::uint8_t kInteger = 1;
constexpr std::uint8_t kNumber = 2;
constexpr std::uint8_t kBoolean = 4;
constexpr std::uint8_t kDate = 8;
constexpr std::uint8_t kTimestampTz = 16;
constexpr std::uint8_t kTimestamp = 32;
constexpr std::uint8_t kObject = 64;
constexpr std::uint8_t kArray = 128;

/// In the order of choice: a column of zeros and ones is of integers.
constexpr std::array<std::pair<std::uint8_t, Type>, 8> kChoices = {
    {{kInteger, Type::integer},
     {kNumber, Type::number},
     {kBoolean, Type::boolean},
     {kDate, Type::date},
     {kTimestampTz, Type::timestamp_tz},
     {kTimestamp, Type::timestamp},
     {kObject, Type::object},
     {kArray, Type::array}}};

bool is_plain_digit(char c) {
  return c >= '0' && c <= '9';
}

std::uint8_t number_kinds(std::string_view text) {
  Value value;
  if ((!is_plain_digit(text.front()) && text.front() != '-') ||
      !record::parse_number(text, value)) {
    return 0;
  }
  const bool whole = value.kind() == Kind::integer || value.kind() == Kind::big_integer;
  return whole ? kInteger | kNumber : kNumber;
}

/// ISO dates with hyphens only: `2024.01.31` may be a version, `20240131` is a number.
std::uint8_t time_kinds(std::string_view text) {
  static constexpr std::string_view kShape = "0000-00-00";
  if (text.size() < kShape.size()) return 0;
  for (std::size_t i = 0; i < kShape.size(); ++i) {
    if (kShape[i] == '0' ? !is_plain_digit(text[i]) : text[i] != kShape[i]) return 0;
  }
  Value value;
  if (text.size() == kShape.size()) return record::parse_date(text, value) ? kDate : 0;
  if ((text[10] != 'T' && text[10] != ' ') || text.size() < 16) return 0;
  const bool zone = text.find_first_of("Zz+-", 11) != std::string_view::npos;
  if (zone) return record::parse_timestamp_tz(text, value) ? kTimestampTz : 0;
  return record::parse_timestamp(text, value) ? kTimestamp : 0;
}

}  // namespace

void TypeGuess::see_text(std::string_view text, const CellParser& cells) {
  if (text.empty()) return;
  seen_ = true;
  if (possible_ == 0) return;
  std::uint8_t kinds = number_kinds(text);
  if ((possible_ & (kDate | kTimestamp | kTimestampTz)) != 0) kinds |= time_kinds(text);
  Value value;
  if ((possible_ & kBoolean) != 0 && cells.parse_boolean(text, value)) kinds |= kBoolean;
  possible_ &= kinds;
}

void TypeGuess::see_json(const files::JsonValue& value) {
  std::uint8_t kinds = 0;
  switch (value.kind) {
    case files::JsonKind::null:
      return;
    case files::JsonKind::boolean:
      kinds = kBoolean;
      break;
    case files::JsonKind::number:
      kinds = number_kinds(value.text);
      break;
    case files::JsonKind::string:
      kinds = value.escaped ? 0 : time_kinds(value.inside());
      break;
    case files::JsonKind::object:
      kinds = kObject;
      break;
    case files::JsonKind::array:
      kinds = kArray;
      break;
  }
  seen_ = true;
  possible_ &= kinds;
}

Type TypeGuess::type() const {
  if (!seen_) return Type::string;
  for (const auto& [bit, type] : kChoices) {
    if ((possible_ & bit) != 0) return type;
  }
  return Type::string;
}

}  // namespace wharf::connectors::source_file

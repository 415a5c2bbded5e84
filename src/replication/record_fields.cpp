#include "replication/record_fields.h"

#include "record/json_scan.h"
#include "replication/record_envelope.h"

#include <algorithm>
#include <utility>

namespace wharf::replication {
namespace {

namespace json = record::json;

constexpr std::size_t kPlaces = 1024;  // of fields that are remembered

// A member's name; its key may have escapes.
std::string field_name(std::string_view key, bool escaped) {
  return escaped ? unquoted({key.data() - 1, key.size() + 2}) : std::string(key);
}

}  // namespace

bool has_any_field(std::string_view data, const std::vector<std::string>& names) {
  const char* end = data.data() + data.size();
  json::Members members(data.data(), end);
  while (members.next()) {
    const char* value = members.value();
    const auto name = field_name(members.key(), members.key_escaped());
    const bool named = std::find(names.begin(), names.end(), name) != names.end();
    if (named && *value != 'n') return true;
    members.take(json::value_end(value, end));
  }
  return false;
}

bool ChosenFields::is_chosen(std::string_view key, bool escaped, std::size_t place) {
  if (place < newest_.size() && newest_[place].key == key) return newest_[place].chosen;
  const bool chosen = names_.contains(field_name(key, escaped));
  if (place == newest_.size() && place < kPlaces) newest_.emplace_back();
  if (place < newest_.size()) newest_[place] = {std::string(key), chosen};
  return chosen;
}

// Chosen members that stand side by side go out as the bytes they are, in one piece.
bool ChosenFields::write(std::string_view data, record::Buffer& out) {
  const char* end = data.data() + data.size();
  json::Members members(data.data(), end);
  const char* begin = nullptr;  // of the piece that grows, if one does
  const char* piece_end = nullptr;
  bool first = true;
  auto write_piece = [&] {
    if (begin == nullptr) return;
    if (!std::exchange(first, false)) out.append(',');
    out.append(std::string_view(begin, piece_end));
    begin = nullptr;
  };
  out.append('{');
  for (std::size_t place = 0; members.next(); ++place) {
    const char* value_end = json::value_end(members.value(), end);
    members.take(value_end);
    if (is_chosen(members.key(), members.key_escaped(), place)) {
      if (begin == nullptr) begin = members.key().data() - 1;  // its quote
      piece_end = value_end;
    } else {
      write_piece();
    }
    if (value_end == nullptr) return false;
  }
  write_piece();
  out.append('}');
  return members.object_end() == end;
}

}  // namespace wharf::replication

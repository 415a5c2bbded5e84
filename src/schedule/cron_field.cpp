#include "schedule/cron_field.h"

#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>

namespace wharf::schedule {
namespace {

// Only digits, and few: no sign, no space.
std::optional<int> number_in(std::string_view text) {
  int value = 0;
  if (text.empty() || text.size() > 4 || text.front() == '-') return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool starts_with_name(std::string_view text) {
  return !text.empty() && text.front() >= 'A' && text.front() <= 'Z';
}

// One item of a list: *, a value or a range, then perhaps a step.
class Item {
 public:
  Item(const CronField& field, std::string_view text) : field_(field), text_(text) {}

  Result<std::vector<int>> values() {
    const auto slash = text_.find('/');
    const bool stepped = slash != std::string_view::npos;
    const std::string_view range = text_.substr(0, slash);
    if (stepped && starts_with_name(range) && !field_.steps_after_names) {
      return refusal(field_, text_, "has a step after a name; write the numbers: 2-6/2");
    }
    if (auto read = read_range(range, stepped); !read) return std::move(read).error();
    int step = 1;
    if (stepped) {
      const auto number = number_in(text_.substr(slash + 1));
      if (!number || *number < 1 || *number > field_.step_max) {
        return refusal(field_, text_, fmt::format("needs a step of 1 to {}", field_.step_max));
      }
      step = *number;
    }
    return spread(step);
  }

 private:
  Result<void> read_range(std::string_view range, bool stepped) {
    first_ = field_.low;
    last_ = field_.high;
    if (range == "*") return {};
    if (range.empty() && stepped && field_.steps_alone) return {};
    const auto dash = range.find('-');
    const auto first = value_of(field_, range.substr(0, dash));
    if (!first) return refusal(field_, range);
    first_ = *first;
    if (dash == std::string_view::npos) {
      if (!stepped) last_ = first_;
      return {};
    }
    const std::string_view end = range.substr(dash + 1);
    const auto last = value_of(field_, end);
    if (!last || starts_with_name(range) != starts_with_name(end)) return refusal(field_, range);
    last_ = *last;
    if (last_ < first_ && !field_.wraps) {
      return refusal(field_, range, "ends before it begins");
    }
    return {};
  }

  std::vector<int> spread(int step) const {
    const int size = field_.high - field_.low + 1;
    const int last = last_ < first_ ? last_ + size : last_;
    std::vector<int> values;
    for (int value = first_; value <= last; value += step) {
      values.push_back(value > field_.high ? value - size : value);
    }
    return values;
  }

  const CronField& field_;
  std::string_view text_;
  int first_ = 0;
  int last_ = 0;
};

}  // namespace

Error refusal(const CronField& field, std::string_view text, std::string_view why) {
  return {ErrorCode::invalid_argument, fmt::format("{} '{}' {}", field.name, text, why)};
}

Error refusal(const CronField& field, std::string_view text) {
  std::string allowed = fmt::format("must be {} to {}", field.low, field.high);
  if (!field.note.empty()) allowed += fmt::format(" ({})", field.note);
  if (!field.names.empty()) {
    allowed += fmt::format(" or {} to {}", field.names.front(), field.names.back());
  }
  return refusal(field, text, allowed);
}

Result<int> value_of(const CronField& field, std::string_view text) {
  const auto named = std::find(field.names.begin(), field.names.end(), text);
  if (named != field.names.end()) {
    return field.first_name + static_cast<int>(named - field.names.begin());
  }
  const auto number = number_in(text);
  if (!number || *number < field.low || *number > field.high) return refusal(field, text);
  return *number;
}

Result<std::vector<int>> values_of(const CronField& field, std::string_view text) {
  std::vector<int> all;
  for (const std::string_view part : base::split(text, ',')) {
    auto values = Item(field, part).values();
    if (!values) return std::move(values).error();
    all.insert(all.end(), values->begin(), values->end());
  }
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

}  // namespace wharf::schedule

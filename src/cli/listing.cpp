#include "cli/listing.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>

namespace wharf::cli {

using OrderedJson = nlohmann::ordered_json;

namespace {

// Characters, not bytes: what continues a UTF-8 sequence takes no column.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

void print_row(const std::vector<std::string>& row, const std::vector<std::size_t>& widths) {
  std::string line;
  for (std::size_t at = 0; at < row.size(); ++at) {
    line += row[at];
    if (at + 1 < row.size()) line.append(widths[at] - width_of(row[at]) + 2, ' ');
  }
  while (line.ends_with(' ')) line.pop_back();
  std::puts(line.c_str());
}

std::string span_words(std::chrono::milliseconds span) {
  const auto seconds = span.count() / 1000;
  if (seconds < 60) return fmt::format("{} s", seconds);
  if (seconds < 3600) return fmt::format("{} min", seconds / 60);
  if (seconds < 48 * 3600) return fmt::format("{} h", seconds / 3600);
  return fmt::format("{} days", seconds / 86400);
}

}  // namespace

void show_table(const std::vector<std::string>& head,
                const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& title : head) widths.push_back(width_of(title));
  for (const auto& row : rows) {
    for (std::size_t at = 0; at < row.size(); ++at) {
      widths[at] = std::max(widths[at], width_of(row[at]));
    }
  }
  print_row(head, widths);
  for (const auto& row : rows) print_row(row, widths);
}

std::string schedule_words(const OrderedJson& schedule) {
  if (!schedule.is_object()) return "?";
  const auto type = schedule.value("type", "?");
  if (type == "basic") return "every " + schedule.value("every", "?");
  if (type != "cron") return type;
  const auto zone = schedule.value("timezone", "");
  return "cron " + schedule.value("expression", "?") + (zone.empty() ? "" : " " + zone);
}

base::WallTime time_of(const std::string& text) {
  std::tm parts{};
  const char* rest = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (rest == nullptr) return {};
  int millis = 0;
  if (*rest == '.') millis = std::atoi(rest + 1);
  return base::from_millis(static_cast<long long>(::timegm(&parts)) * 1000 + millis);
}

std::string when(const OrderedJson& object, const char* member, base::WallTime now) {
  if (!object.is_object() || !object.contains(member)) return "";
  const auto time = time_of(object[member].get<std::string>());
  return time > now ? "in " + span_words(time - now) : span_words(now - time) + " ago";
}

std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte >= 0x20 && byte != 0x7f) || c == '\n' || c == '\t') out += c;
  }
  return out;
}

void show_json(const OrderedJson& json) {
  std::puts(json.dump(2, ' ', false, OrderedJson::error_handler_t::replace).c_str());
}

}  // namespace wharf::cli

#include "metrics/exposition.h"

#include <fmt/format.h>

#include <cmath>

namespace wharf::metrics {
namespace {

std::string number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  return fmt::format("{}", value);
}

void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
}

}  // namespace

void Exposition::begin(std::string_view name, std::string_view type, std::string_view help) {
  name_ = name;
  text_ += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

void Exposition::counters(std::string_view name, std::string_view help) {
  begin(name, "counter", help);
}

void Exposition::gauges(std::string_view name, std::string_view help) {
  begin(name, "gauge", help);
}

void Exposition::histograms(std::string_view name, std::string_view help) {
  begin(name, "histogram", help);
}

void Exposition::gauge(std::string_view name, std::string_view help, double value) {
  gauges(name, help);
  sample({}, value);
}

// `bound`: the label `le` of a histogram's bucket; empty: none.
void Exposition::line(std::string_view suffix, Labels labels, std::string_view bound,
                      std::string_view value) {
  text_.append(name_).append(suffix);
  char before = '{';
  const auto add = [&](std::string_view name, std::string_view label) {
    text_ += before;
    text_.append(name).append("=\"");
    append_escaped(text_, label);
    text_ += '"';
    before = ',';
  };
  for (const auto& [name, label] : labels) add(name, label);
  if (!bound.empty()) add("le", bound);
  if (before == ',') text_ += '}';
  text_.append(" ").append(value).append("\n");
}

void Exposition::sample(Labels labels, std::uint64_t value) {
  line("", labels, "", std::to_string(value));
}

void Exposition::sample(Labels labels, double value) {
  line("", labels, "", number(value));
}

void Exposition::sample(Labels labels, const Histogram& histogram) {
  const auto counts = histogram.counts();
  std::uint64_t so_far = 0;
  for (std::size_t at = 0; at < counts.size(); ++at) {
    so_far += counts[at];
    const auto& bounds = histogram.bounds();
    line("_bucket", labels, at < bounds.size() ? number(bounds[at]) : "+Inf",
         std::to_string(so_far));
  }
  line("_sum", labels, "", number(histogram.sum()));
  line("_count", labels, "", std::to_string(so_far));
}

}  // namespace wharf::metrics

#include "metrics/exposition.h"

#include <catch2/catch.hpp>

#include "metrics/family.h"
#include "metrics/process.h"

#include <limits>

using namespace wharf::metrics;

TEST_CASE("a family is its help, its type and its samples") {
  Exposition exposition;
  exposition.counters("wharf_syncs_total", "Syncs that have ended.");
  exposition.sample({{"connection", "shop"}, {"status", "failed"}},
                    std::uint64_t{18446744073709551615u});
  exposition.sample({}, std::uint64_t{0});
  exposition.gauge("wharf_db_size_bytes", "Of the store.", 0.5);
  CHECK(std::move(exposition).text() ==
        "# HELP wharf_syncs_total Syncs that have ended.\n"
        "# TYPE wharf_syncs_total counter\n"
        "wharf_syncs_total{connection=\"shop\",status=\"failed\"} 18446744073709551615\n"
        "wharf_syncs_total 0\n"
        "# HELP wharf_db_size_bytes Of the store.\n"
        "# TYPE wharf_db_size_bytes gauge\n"
        "wharf_db_size_bytes 0.5\n");
}

TEST_CASE("a label's value cannot break out of its quotes") {
  Exposition exposition;
  exposition.gauges("g", "h");
  exposition.sample({{"name", "a\\b\"c\nd é"}}, std::numeric_limits<double>::infinity());
  CHECK(std::move(exposition).text() ==
        "# HELP g h\n# TYPE g gauge\ng{name=\"a\\\\b\\\"c\\nd é\"} +Inf\n");
}

TEST_CASE("a histogram counts up to each bound, the bound included, and adds up") {
  constexpr double bounds[] = {1, 2.5};
  Histogram histogram(bounds);
  for (const double value : {0.5, 1.0, 2.0, 100.0}) histogram.observe(value);
  Exposition exposition;
  exposition.histograms("h", "x");
  exposition.sample({{"a", "b"}}, histogram);
  CHECK(std::move(exposition).text() ==
        "# HELP h x\n# TYPE h histogram\n"
        "h_bucket{a=\"b\",le=\"1\"} 2\n"
        "h_bucket{a=\"b\",le=\"2.5\"} 3\n"
        "h_bucket{a=\"b\",le=\"+Inf\"} 4\n"
        "h_sum{a=\"b\"} 103.5\n"
        "h_count{a=\"b\"} 4\n");
}

TEST_CASE(
    "a family gives the same counter for the same values, and no end of values does not make it "
    "grow") {
  Family<Counter> family;
  family.with({"get", "200"}).add(2);
  family.with({"get", "200"}).add();
  for (std::size_t at = 0; at < 2 * Family<Counter>::kMost; ++at)
    family.with({std::to_string(at), "x"}).add();
  std::size_t sets = 0;
  std::uint64_t known = 0;
  std::uint64_t other = 0;
  family.each([&](const auto& values, const Counter& counter) {
    ++sets;
    if (values == Family<Counter>::Values{"get", "200"}) known = counter.value();
    if (values == Family<Counter>::Values{"other", "other"}) other = counter.value();
  });
  CHECK(sets == Family<Counter>::kMost + 1);
  CHECK(known == 3);
  CHECK(other == Family<Counter>::kMost + 1);
}

TEST_CASE("a process knows its memory, its time and its descriptors") {
  Exposition exposition;
  add_process(exposition);
  const std::string text = std::move(exposition).text();
  const auto value_of = [&](const std::string& name) {
    const auto at = text.find("\n" + name + " ");
    REQUIRE(at != std::string::npos);
    return std::stod(text.substr(at + name.size() + 2));
  };
  CHECK(value_of("process_resident_memory_bytes") > 1e6);
  CHECK(value_of("process_resident_memory_bytes") < value_of("process_virtual_memory_bytes"));
  CHECK(value_of("process_open_fds") >= 3);
  CHECK(value_of("process_open_fds") < value_of("process_max_fds"));
  CHECK(value_of("process_start_time_seconds") > 1.7e9);
  CHECK(value_of("process_cpu_seconds_total") >= 0);
}

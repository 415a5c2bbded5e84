#include "cli/display.h"

#include "cli/text_table.h"

#include <fmt/format.h>

#include <unistd.h>
#include <algorithm>
#include <cstdio>

namespace wharf::cli {
namespace {

using bookkeeper::AttemptProgress;
using bookkeeper::StreamCounts;
using daemon::ConnectionRun;
using Clock = std::chrono::steady_clock;
using Phase = ConnectionRun::Phase;

// Rows per second between two looks, smoothed so that it can be read.
class Rate {
 public:
  double at(std::int64_t rows, Clock::time_point now) {
    const double seconds = std::chrono::duration<double>(now - then_).count();
    if (seconds > 0.05) {
      const double latest = static_cast<double>(rows - rows_) / seconds;
      rate_ = then_ == Clock::time_point{} ? 0 : rate_ * 0.6 + latest * 0.4;
      then_ = now;
      rows_ = rows;
    }
    return rate_;
  }

 private:
  Clock::time_point then_{};
  std::int64_t rows_ = 0;
  double rate_ = 0;
};

std::int64_t rows_of(const StreamCounts& counts) {
  return std::max(counts.emitted.rows, counts.committed.rows);
}
std::int64_t bytes_of(const StreamCounts& counts) {
  return std::max(counts.emitted.bytes, counts.committed.bytes);
}

std::string share_of(const StreamCounts& counts) {
  if (counts.state == bookkeeper::RunState::complete) return "done";
  if (counts.rows_estimated && *counts.rows_estimated > 0) {
    return fmt::format("{:.0f} %",
                       std::min(100.0, 100.0 * static_cast<double>(rows_of(counts)) /
                                           static_cast<double>(*counts.rows_estimated)));
  }
  if (counts.bytes_estimated && *counts.bytes_estimated > 0) {
    return fmt::format("{:.0f} %",
                       std::min(100.0, 100.0 * static_cast<double>(bytes_of(counts)) /
                                           static_cast<double>(*counts.bytes_estimated)));
  }
  return "";
}

std::string age_of(const std::optional<base::WallTime>& checkpoint) {
  if (!checkpoint) return "no checkpoint";
  const auto age = base::SystemClock().wall() - *checkpoint;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(age).count();
  return seconds < 1 ? "saved now" : fmt::format("saved {} s ago", seconds);
}

class LiveDisplay final : public Display {
 public:
  void show(const std::vector<ConnectionRun>& runs) override {
    std::string out;
    if (lines_ > 0) out += fmt::format("\x1b[{}A", lines_);
    lines_ = 0;
    const auto now = Clock::now();
    for (const auto& run : runs) {
      add(out, fmt::format("\x1b[1m{}\x1b[0m  {}", run.name, name_of(run.phase)));
      if (!run.progress) continue;
      const AttemptProgress progress =
          run.progress->with([](const AttemptProgress& current) { return current; });
      for (const auto& [stream, counts] : progress.streams) {
        const std::string name = protocol::to_string(stream);
        const double rate = rates_[run.name + '/' + name].at(rows_of(counts), now);
        add(out, fmt::format("  {:<28} {:>14} rows {:>10} {:>10}  {:>6}  {}", name,
                             grouped(rows_of(counts)), megabytes(bytes_of(counts)),
                             per_second(rate), share_of(counts), age_of(counts.checkpoint_at)));
      }
    }
    std::fwrite(out.data(), 1, out.size(), stdout);
    std::fflush(stdout);
  }

  void finish(const std::vector<ConnectionRun>& runs) override { show(runs); }

 private:
  void add(std::string& out, const std::string& line) {
    out += line + "\x1b[K\n";  // what stood behind it goes
    ++lines_;
  }

  std::map<std::string, Rate> rates_;
  int lines_ = 0;
};

class PlainDisplay final : public Display {
 public:
  void show(const std::vector<ConnectionRun>& runs) override {
    const auto now = Clock::now();
    const bool due = now - last_ >= kPeriod;
    if (due) last_ = now;
    for (const auto& run : runs) {
      const bool changed = run.phase != phases_[run.name];
      phases_[run.name] = run.phase;
      if (changed && run.phase == Phase::running) fmt::print("{}: running\n", run.name);
      if (due && !changed && run.phase == Phase::running && run.progress) say_progress(run, now);
    }
    std::fflush(stdout);
  }

  void finish(const std::vector<ConnectionRun>&) override {}

 private:
  void say_progress(const ConnectionRun& run, Clock::time_point now) {
    const StreamCounts total =
        run.progress->with([](const AttemptProgress& current) { return current.total; });
    const double rate = rates_[run.name].at(rows_of(total), now);
    fmt::print("{}: {} rows, {} committed, {}, {}\n", run.name, grouped(rows_of(total)),
               grouped(total.committed.rows), megabytes(bytes_of(total)), per_second(rate));
  }

  static constexpr std::chrono::seconds kPeriod{5};
  std::map<std::string, Phase> phases_;
  std::map<std::string, Rate> rates_;
  Clock::time_point last_ = Clock::now();
};

class QuietDisplay final : public Display {
 public:
  void show(const std::vector<ConnectionRun>&) override {}
  void finish(const std::vector<ConnectionRun>&) override {}
};

}  // namespace

std::unique_ptr<Display> make_live_display() {
  return std::make_unique<LiveDisplay>();
}
std::unique_ptr<Display> make_plain_display() {
  return std::make_unique<PlainDisplay>();
}
std::unique_ptr<Display> make_quiet_display() {
  return std::make_unique<QuietDisplay>();
}

}  // namespace wharf::cli

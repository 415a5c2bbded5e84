#include "launcher/pull_news.h"

#include <fmt/format.h>

#include <utility>

namespace wharf::launcher {

PullNews::PullNews(News news, std::string image, Time now)
    : news_(std::move(news)), image_(std::move(image)), began_(now) {
  say("pulling " + image_, now);
}

void PullNews::note(const docker::PullProgress& progress, Time now) {
  if (now - said_ < kEvery) return;
  constexpr double kMegabyte = 1e6;
  say(fmt::format("pulling {}: {} of {} layers, {:.0f} of {:.0f} MB", image_, progress.layers_done,
                  progress.layers, static_cast<double>(progress.bytes_done) / kMegabyte,
                  static_cast<double>(progress.bytes_total) / kMegabyte),
      now);
}

void PullNews::end(Time now) {
  const std::chrono::duration<double> took = now - began_;
  say(fmt::format("pulled {} in {:.1f} s", image_, took.count()), now);
}

void PullNews::say(const std::string& line, Time now) {
  said_ = now;
  if (news_) news_(line);
}

}  // namespace wharf::launcher

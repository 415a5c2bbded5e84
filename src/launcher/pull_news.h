#pragma once

#include <docker/pull_progress.h>
#include <launcher/launcher.h>

#include <chrono>
#include <string>

namespace wharf::launcher {

/// How far a pull is, for people who read a log: a line when it begins, one when it has ended, and
/// between them one every five seconds at most, whatever its layers do. Pure but for whom it tells.
class PullNews {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::seconds kEvery{5};

  PullNews(News news, std::string image, Time now);

  void note(const docker::PullProgress& progress, Time now);
  void end(Time now);

 private:
  void say(const std::string& line, Time now);

  const News news_;  // may be empty
  const std::string image_;
  const Time began_;
  Time said_;
};

}  // namespace wharf::launcher

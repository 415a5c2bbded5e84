#pragma once

#include "docker/engine_error.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace wharf::docker {

/// How far a pull is.
struct PullProgress {
  int layers = 0;
  int layers_done = 0;
  std::uint64_t bytes_done = 0;   ///< downloaded
  std::uint64_t bytes_total = 0;  ///< of the layers whose size is known so far
  double fraction =
      0;  ///< of the layers to fetch: 0 … 1, never less than before; unpacking is a half

  friend bool operator==(const PullProgress&, const PullProgress&) = default;
};

/// Makes one progress of the lines that an engine says of each layer. Pure; bounded by the number
/// of layers it will count.
class PullMeter {
 public:
  /// Takes one line. Fails with what the engine says has gone wrong, and with `bad_answer` where
  /// the line is not a JSON object.
  EngineResult<void> take(std::string_view line);

  const PullProgress& progress() const { return progress_; }

 private:
  struct Layer {
    std::uint64_t bytes = 0;  // 0: not known yet
    std::uint64_t downloaded = 0;
    std::uint64_t unpacked = 0;
    bool done = false;
    bool here_before = false;
  };
  void note(const std::string& id, std::string_view status, std::uint64_t current,
            std::uint64_t total);
  void sum_up();

  std::map<std::string, Layer> layers_;
  PullProgress progress_;
};

}  // namespace wharf::docker

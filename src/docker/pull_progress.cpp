#include "docker/pull_progress.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "docker/engine_json.h"

namespace wharf::docker {
namespace {

/// No image has as many; what comes beyond is not counted.
constexpr std::size_t kLayersCounted = 1024;

}  // namespace

EngineResult<void> PullMeter::take(std::string_view line) {
  const auto json = nlohmann::json::parse(line, nullptr, false);
  if (!json.is_object()) {
    return EngineError{EngineFault::bad_answer,
                       "the engine's progress is not JSON: " + shown(line)};
  }
  if (auto wrong = text_in(json, "error"); !wrong.empty()) {
    return EngineError{fault_of_answer(200, wrong), "the engine says: " + wrong};
  }
  const auto id = text_in(json, "id");
  const auto& detail = object_in(json, "progressDetail");
  note(id, text_in(json, "status"), count_in(detail, "current"), count_in(detail, "total"));
  sum_up();
  return {};
}

void PullMeter::note(const std::string& id, std::string_view status, std::uint64_t current,
                     std::uint64_t total) {
  const bool begins = status == "Pulling fs layer" || status == "Already exists";
  const auto found = layers_.find(id);
  if (found == layers_.end() && (!begins || id.empty() || layers_.size() >= kLayersCounted)) return;
  auto& layer = layers_[id];
  layer.here_before |= status == "Already exists";
  if (total > 0) layer.bytes = total;
  if (status == "Downloading") layer.downloaded = current;
  if (status == "Extracting") layer.unpacked = current;
  if (status == "Download complete" || status == "Extracting") layer.downloaded = layer.bytes;
  if (status == "Pull complete" || status == "Already exists") {
    layer.done = true;
    layer.downloaded = layer.unpacked = layer.bytes;
  }
}

void PullMeter::sum_up() {
  progress_.layers = static_cast<int>(layers_.size());
  progress_.layers_done = 0;
  progress_.bytes_done = progress_.bytes_total = 0;
  double sum = 0;
  int fetched = 0;
  for (const auto& [id, layer] : layers_) {
    fetched += layer.here_before ? 0 : 1;
    progress_.layers_done += layer.done ? 1 : 0;
    progress_.bytes_done += std::min(layer.downloaded, layer.bytes);
    progress_.bytes_total += layer.bytes;
    if (layer.here_before) continue;
    if (layer.done) {
      sum += 1;
    } else if (layer.bytes > 0) {
      const auto size = static_cast<double>(layer.bytes);
      sum += std::min(
          1.0, (static_cast<double>(layer.downloaded) + static_cast<double>(layer.unpacked)) /
                   (2 * size));
    }
  }
  if (fetched == 0) return;
  progress_.fraction = std::max(progress_.fraction, sum / static_cast<double>(fetched));
}

}  // namespace wharf::docker

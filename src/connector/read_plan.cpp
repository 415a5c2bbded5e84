#include "connector/read_plan.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace wharf::connector {

ReadPlan::ReadPlan(Source& source, const nlohmann::json& config,
                   std::vector<StreamRequest> requests, std::uint64_t seed)
    : source_(source), config_(config), ids_(seed) {
  for (auto& request : requests) {
    entries_.push_back({.run = std::make_unique<StreamRun>(std::move(request), ids_),
                        .reader = nullptr,
                        .open_partitions = 0,
                        .exhausted = false});
  }
}

std::optional<ReadPlan::Work> ReadPlan::take(RecordOutput& output) {
  std::unique_lock lock(mutex_);
  while (!failure_) {
    auto work = try_take(output);
    if (work || failure_) return work;
    if (nothing_left()) {
      changed_.notify_all();
      return std::nullopt;
    }
    if (!output.buffer().empty()) {  // what stands there must not wait for other threads
      lock.unlock();
      output.flush();
      lock.lock();
      continue;
    }
    changed_.wait(lock);
  }
  return std::nullopt;
}

std::optional<ReadPlan::Work> ReadPlan::try_take(RecordOutput& output) {
  for (std::size_t index = 0; index < entries_.size(); ++index) {
    Entry& entry = entries_[index];
    if (!may_hand_out(entry)) continue;
    try {
      if (!entry.reader) open(entry, output);
      if (auto partition = entry.reader->next_partition()) {
        ++entry.open_partitions;
        return Work{entry.run.get(), index, entry.run->open_turn(), std::move(partition)};
      }
      entry.exhausted = true;
      end_if_done(entry, output);
    } catch (const Failure& failure) {
      note({failure.error(), entry.run->descriptor()});
      return std::nullopt;
    }
  }
  return std::nullopt;
}

bool ReadPlan::may_hand_out(const Entry& entry) const {
  if (entry.exhausted) return false;
  return entry.open_partitions == 0 || entry.reader->parallel();
}

void ReadPlan::open(Entry& entry, RecordOutput& output) {
  entry.reader = source_.open(config_, entry.run->request());
  entry.run->say_started(*entry.reader, output);
}

void ReadPlan::end_if_done(Entry& entry, RecordOutput& output) {
  if (!entry.exhausted || entry.open_partitions > 0) return;
  entry.run->say_complete(*entry.reader, output);
  entry.reader.reset();
}

bool ReadPlan::nothing_left() const {
  return std::all_of(entries_.begin(), entries_.end(), [](const Entry& entry) {
    return entry.exhausted && entry.open_partitions == 0;
  });
}

void ReadPlan::finished(const Work& work, RecordOutput& output) {
  std::lock_guard lock(mutex_);
  Entry& entry = entries_[work.stream];
  --entry.open_partitions;
  end_if_done(entry, output);
  changed_.notify_all();
}

void ReadPlan::fail(ReadFailure failure) {
  std::lock_guard lock(mutex_);
  note(std::move(failure));
}

void ReadPlan::note(ReadFailure failure) {
  if (!failure_) failure_ = std::move(failure);
  has_failed_ = true;
  changed_.notify_all();
}

std::optional<ReadFailure> ReadPlan::failure() const {
  std::lock_guard lock(mutex_);
  return failure_;
}

}  // namespace wharf::connector

#include "replication/liveness_watch.h"

#include <utility>

namespace wharf::replication {

LivenessWatch::LivenessWatch(const boost::asio::any_io_executor& executor, Dead dead)
    : dead_(std::move(dead)), timer_(executor) {}

void LivenessWatch::begin(const LivenessLimits& limits) {
  limits_ = limits;
  signs_.began = LivenessSigns::Time::clock::now();
  look_later();
}

void LivenessWatch::end() {
  ended_ = true;
  timer_.cancel();
  pump_ = nullptr;
}

void LivenessWatch::note(Side side) {
  signs_.of(side) = LivenessSigns::Time::clock::now();
}

void LivenessWatch::note_source_ended() {
  signs_.source_ended = true;
  note(Side::source);
}

void LivenessWatch::look_later() {
  timer_.expires_after(look_every(limits_));
  timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
    const auto watch = weak.lock();
    if (!error && watch && !watch->ended_) watch->look();
  });
}

void LivenessWatch::look() {
  const auto now = LivenessSigns::Time::clock::now();
  if (pump_) note_pump(signs_, pump_(), now);
  if (auto dead = find_dead(signs_, limits_, now)) {
    dead_(std::move(*dead));
  } else {
    look_later();
  }
}

}  // namespace wharf::replication

#pragma once

#include "replication/liveness.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>

namespace wharf::replication {

/// Gathers the signs of life of one attempt and looks now and then whether it is dead
/// (liveness.h). Says so once: then the attempt is being ended. Belongs to one strand; to be made
/// by make_shared.
class LivenessWatch : public std::enable_shared_from_this<LivenessWatch> {
 public:
  using Dead = std::function<void(Faulted)>;
  using LookAtPump = std::function<PumpSigns()>;

  LivenessWatch(const boost::asio::any_io_executor& executor, Dead dead);

  /// From now on it is looked; not after end().
  void begin(const LivenessLimits& limits);
  void end();

  /// There is a pump whose rows are signs, too. Asked until end().
  void watch_pump(LookAtPump pump) { pump_ = std::move(pump); }

  /// A state of that side.
  void note(Side side);
  /// From now on it is the destination that is waited for.
  void note_source_ended();

 private:
  void look_later();
  void look();

  const Dead dead_;
  LookAtPump pump_;
  boost::asio::steady_timer timer_;
  LivenessLimits limits_;
  LivenessSigns signs_;
  bool ended_ = false;
};

}  // namespace wharf::replication

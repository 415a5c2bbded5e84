#pragma once

#include "schedule/zone_rule.h"

#include <wharf/error.h>

#include <memory>
#include <string>
#include <string_view>

namespace wharf::schedule {

/// A time zone of the system's database (/usr/share/zoneinfo), cheap to copy and never changing;
/// any thread may ask it. The database is read as zones are asked for, once in the life of a
/// process: a new edition of it counts from the next start.
class TimeZone {
 public:
  /// The zone of an IANA name: `Europe/Berlin`, `UTC` (which Etc/UTC becomes). Fails with
  /// `invalid_argument`, naming the nearest name there is, or with `environment` where the system
  /// has no database.
  static Result<TimeZone> find(std::string_view name);

  /// The zone this machine keeps: what the variable TZ names, else /etc/localtime, else UTC.
  static TimeZone of_machine();

  static TimeZone utc();

  const std::string& name() const;

  /// The stretch of even time around an instant. Its neighbours are asked for with the instants
  /// just outside of it: where their offsets differ, the local clock jumps.
  ZoneSpan span_at(std::chrono::sys_seconds instant) const;

  friend bool operator==(const TimeZone& a, const TimeZone& b) { return a.name() == b.name(); }

 private:
  struct Data;
  explicit TimeZone(std::shared_ptr<const Data> data) : data_(std::move(data)) {}

  std::shared_ptr<const Data> data_;
};

}  // namespace wharf::schedule

#include "connectors/sql_tables/stream_plan.h"

namespace wharf::connectors::sql_tables {

Landing landing_of(const connector::WriteStream& stream) {
  if (stream.truncate) return Landing::replace;
  if (stream.dedup) return Landing::merge;
  return stream.staged ? Landing::join : Landing::direct;
}

Recovery recovery_of(const HeldPosition& held, Standing standing, Landing landing,
                     std::int64_t generation, bool numbered) {
  if (!held.staging) return standing.table ? Recovery::as_is : Recovery::gone;
  if (!standing.staging) return Recovery::gone;
  if (held.joining) return Recovery::join;
  if (!numbered || held.generation < generation) return Recovery::drop;
  if (held.generation > generation) return Recovery::leave;
  const bool in_staging = landing == Landing::join || landing == Landing::replace;
  return in_staging ? Recovery::cut : Recovery::cut_then_join;
}

}  // namespace wharf::connectors::sql_tables

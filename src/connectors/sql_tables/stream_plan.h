#pragma once
// Where the rows of a stream go, and what becomes of those that a former attempt left
// (sync-semantics 2.5, OURS). Pure.

#include <wharf/connector/destination.h>

#include <cstdint>
#include <optional>
#include <string>

#include "connectors/sql_tables/names.h"

namespace wharf::connectors::sql_tables {

enum class Landing {
  direct,   ///< straight into the target
  merge,    ///< into the target, one row per key
  join,     ///< into the staging of their generation, which joins the target at the end
  replace,  ///< into the staging (dedup: one row per key), which replaces the target at the end
};
Landing landing_of(const connector::WriteStream& stream);

/// What a SQL destination keeps of a stream, in the transaction of its rows.
struct HeldPosition {
  std::string table;
  std::optional<std::string> staging;  ///< rows of this generation stand there; null: in the table
  std::int64_t staging_end = 0;        ///< covered rows are those up to this row number
  bool joining = false;  ///< all rows of the staging are covered and on their way into the table
  ColumnNames columns;
  std::int64_t generation = 0;
  std::int64_t epoch = 0;
  std::optional<std::string> state;
  bool complete = false;
};

/// What is to be done with what stands there, before the position is answered.
enum class Recovery {
  as_is,
  gone,           ///< the rows that the state covers are not there: the state is void
  join,           ///< finish what was decided: the staging's rows go into the table
  cut,            ///< go on in the staging, behind its covered rows
  cut_then_join,  ///< left by a refresh that failed for good: its covered rows belong to the table
  drop,           ///< the staging of another generation
  leave,          ///< of a later generation than ours: not ours to touch (sync-semantics 4.7)
};

struct Standing {
  bool table = false;
  bool staging = false;
};

/// `numbered`: the stream's generation comes from somebody who counts; without, every run is new.
Recovery recovery_of(const HeldPosition& held, Standing standing, Landing landing,
                     std::int64_t generation, bool numbered);

}  // namespace wharf::connectors::sql_tables

#pragma once

#include <wharf/record/record_batch.h>

#include <cstdint>
#include <memory>
#include <optional>

#include "connectors/source_faker/faker_catalog.h"

namespace wharf::connectors::faker {

/// One reading of a stream: what its rows follow from.
struct Pass {
  std::int64_t seed = 0;
  std::int64_t count = 0;     ///< users, and so purchases
  std::int64_t products = 0;  ///< that purchases are of
  /// Epoch seconds for every row; none: each row its own, which follows from the seed.
  std::optional<std::int64_t> updated_at;
  std::int64_t emitted_at = 0;
};

/// Makes the rows of one stream. Holds nothing but where its columns are, so threads may share it.
class RowMaker {
 public:
  virtual ~RowMaker() = default;
  /// Appends the rows with the ids [first, last].
  virtual void append(const Pass& pass, std::int64_t first, std::int64_t last,
                      record::RecordBatch& batch) const = 0;
};

/// For a schema that may hold some of the stream's fields only; a column of another name stays
/// null.
std::unique_ptr<RowMaker> make_row_maker(StreamKind kind, const record::Schema& schema);

}  // namespace wharf::connectors::faker

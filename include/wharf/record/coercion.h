#pragma once
// A value and the column it shall stand in (sync-semantics 3.4). Pure.

#include <wharf/record/record_batch.h>

namespace wharf::record {

/// Makes `value` fit `type`, in the words of the table in sync-semantics 3.4: "12" fits an integer
/// column, 12.0 too, true does not. Texts it makes live in `batch`. False: it does not fit, and the
/// value has become null; the caller records the change.
bool coerce(Value& value, Type type, RecordBatch& batch);

/// Coerces every value of every row; what does not fit is null with a recorded change.
void coerce_rows(RecordBatch& batch, Reason reason);

}  // namespace wharf::record

#pragma once
// Numbers in text, digit for digit. Reading is text_form.h's parse_number.

#include <wharf/record/record_batch.h>
#include <wharf/record/value.h>

#include <string_view>

namespace wharf::record {

/// The shortest text that gives `number` back: `19.99`, `20`, `-0.0`, `1e+300`; not finite: `null`.
/// At most kNumberChars.
char* write_number(char* to, double number);
inline constexpr std::size_t kNumberChars = 32;

/// Makes a number of any kind an integer or big_integer, if it has no fraction. Texts it makes live
/// in `batch`. False: it has one, or its exponent is out of range.
bool make_integer(Value& value, RecordBatch& batch);

}  // namespace wharf::record

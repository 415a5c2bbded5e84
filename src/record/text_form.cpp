#include <wharf/record/text_form.h>

#include "record/scalar_form.h"
#include "record/time_form.h"

namespace wharf::record {

void append_text(Buffer& out, const Value& value) {
  if (value.is_text()) return out.append(value.as_text());
  out.advance(write_scalar(out.room(kScalarRoom), value));
}

void append_text_utc(Buffer& out, const Value& value) {
  if (value.kind() != Kind::timestamp_tz) return append_text(out, value);
  out.advance(write_timestamp_utc(out.room(kTimeChars), value.second(), value.nanos()));
}

void append_json(Buffer& out, const Value& value) {
  if (value.kind() == Kind::string) return append_json_string(out, value.as_text());
  if (value.is_text()) return out.append(value.as_text());
  out.advance(write_json_scalar(out.room(kScalarRoom), value));
}

}  // namespace wharf::record

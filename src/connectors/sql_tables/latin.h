#pragma once

#include <string>
#include <string_view>

namespace wharf::connectors::sql_tables {

/// `text` (UTF-8) with Latin letters as their plain ones and without combining marks: `Größe` →
/// `Große`, `Ａ１` → `A1`. What has no plain form becomes `_`, a code point each (so does a byte
/// that is no UTF-8). ASCII stays as it is.
std::string plain_latin(std::string_view text);

}  // namespace wharf::connectors::sql_tables

#pragma once
// Pairs of quotes, as they stand for one quote inside of quotes. Pure.

#include <string_view>

namespace wharf::connectors::files {

/// Copies `inside`, each pair of quotes as one, and gives the copy's end. Quotes come in pairs.
/// 64 bytes behind `inside` can be read; `to` has room for inside.size() + 16.
char* copy_pairs_as_one(char* to, std::string_view inside, char quote);

/// The same by what every x86-64 has.
char* copy_pairs_as_one_plainly(char* to, std::string_view inside, char quote);

}  // namespace wharf::connectors::files

#pragma once

#include <wharf/error.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "database/database.h"
#include "secret/key.h"

namespace wharf::secret {

/// What a rotation has come to.
struct Rotation {
  std::string key;                  ///< the one that seals from now on, by its id
  std::vector<std::string> former;  ///< those that are kept beside it, the newest first
  std::filesystem::path file;       ///< where all of them stand
  std::int64_t sealed = 0;          ///< secrets that were sealed anew
  std::int64_t unopened = 0;        ///< changed by other hands: they are as they were
};

enum class FormerKeys { kept, forgotten };

/// Gives the store another key and seals all its secrets with it; whoever holds the data directory
/// knows that nobody uses the store. A former key stays below the new one, since copies of the
/// store open with it alone; if it is to be forgotten, that is done last, and only when nothing
/// needs it. Whenever this is cut short, the keys that stand in the file open every secret, and the
/// next one who opens the store goes on with it.
///
/// A file that is not Wharf's own is never written: its new key is to stand in its first line
/// already. Fails with invalid_argument, saying so, if there is nothing to change over to.
Result<Rotation> rotate_key(database::Database& database, const KeyPlaces& places,
                            FormerKeys former);

}  // namespace wharf::secret

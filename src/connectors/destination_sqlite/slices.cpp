#include "connectors/destination_sqlite/slices.h"

#include <algorithm>

#include "sqlite/transaction.h"

namespace wharf::connectors::sqlite_destination {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr std::int64_t kFirst = 10'000;
constexpr std::int64_t kLeast = 100;
constexpr std::int64_t kMost = 1'000'000;
constexpr auto kAim = 250ms;

}  // namespace

void Slices::run(const std::function<bool(std::int64_t rows)>& slice) {
  std::int64_t rows = kFirst;
  for (bool more = true; more;) {
    sqlite::Transaction transaction(database_);
    const auto begun = Clock::now();
    more = slice(rows);
    transaction.commit();
    after_("slice");
    const auto took = Clock::now() - begun;
    rows = std::clamp(took > kAim ? rows / 2 : took < kAim / 2 ? rows * 2 : rows, kLeast, kMost);
  }
}

}  // namespace wharf::connectors::sqlite_destination

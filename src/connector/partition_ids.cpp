#include "connector/partition_ids.h"

#include <string_view>

namespace wharf::connector {

namespace {
constexpr std::string_view kLetters =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::uint64_t kNames = 62ull * 62 * 62 * 62;
constexpr std::uint64_t kStep =
    9132131;  // neither even nor a multiple of 31: visits every name once
}  // namespace

PartitionIds::PartitionIds(std::uint64_t seed) : begin_(seed % kNames) {}

std::string PartitionIds::next() {
  std::uint64_t given = given_.fetch_add(1, std::memory_order_relaxed);
  std::uint64_t round = given / kNames;
  std::uint64_t number = (begin_ + (given % kNames) * kStep) % kNames;
  std::string name;
  for (int digit = 0; digit < 4; ++digit, number /= 62) name += kLetters[number % 62];
  for (; round > 0; round /= 62) name += kLetters[round % 62];
  return name;
}

}  // namespace wharf::connector

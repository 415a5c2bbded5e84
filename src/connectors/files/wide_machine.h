#pragma once
// What machines since 2013 (Intel) and 2020 (AMD) have beyond plain x86-64. A function made for
// them says so, by `[[gnu::target(...)]]`, and is called only where `is_wide_machine`.

namespace wharf::connectors::files {

/// AVX2, BMI, BMI2, LZCNT, POPCNT and PCLMUL are there, and quick: Zen and Zen 2 have PEXT and
/// PDEP in name only.
inline bool is_wide_machine() {
  static const bool wide = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
                           __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("lzcnt") &&
                           __builtin_cpu_supports("popcnt") && __builtin_cpu_supports("pclmul") &&
                           !__builtin_cpu_is("znver1") && !__builtin_cpu_is("znver2");
  return wide;
}

}  // namespace wharf::connectors::files

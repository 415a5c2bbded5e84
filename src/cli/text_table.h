#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace wharf::cli {

/// `1,234,567`.
std::string grouped(std::int64_t number);
/// Bytes for people: `12.3 MB`.
std::string megabytes(std::int64_t bytes);
/// `1.84 M/s`, `512 /s`.
std::string per_second(double rate);
/// `1m 02s`, `0.41 s`.
std::string duration(double seconds);

}  // namespace wharf::cli

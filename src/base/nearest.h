#pragma once

#include <span>
#include <string>
#include <string_view>

namespace wharf::base {

/// The candidate that somebody who wrote `name` most likely meant; empty when none is near.
std::string_view nearest(std::string_view name, std::span<const std::string_view> candidates);

/// For the end of a message: ` (did you mean 'streams'?)`, or nothing.
std::string did_you_mean(std::string_view name, std::span<const std::string_view> candidates);

}  // namespace wharf::base

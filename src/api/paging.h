#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "api/request.h"

namespace wharf::api {

/// Which part of a list is asked for: `limit` (20; 1 to 100) and `offset` (0).
struct Page {
  std::int64_t limit = 20;
  std::int64_t offset = 0;
};
/// Throws Refused (400) on numbers out of range.
Page page_of(const Request& request);

/// Several as the public API answers them: `data`, and links to the page after (`""` once a page is
/// not full) and before. `items` are one more than the page has if there are more; the links lead
/// to the host that was asked, with the values of the request's parameters named `kept`.
Response page_response(const Request& request, const Page& page, std::vector<nlohmann::json> items,
                       const std::vector<std::string>& kept);
/// The same of items that are JSON already.
Response page_of_texts(const Request& request, const Page& page, std::vector<std::string> items,
                       const std::vector<std::string>& kept);

}  // namespace wharf::api

#include "api/paging.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "api/problem.h"

namespace wharf::api {
namespace {

std::int64_t number(const Request& request, const char* name, std::int64_t fallback,
                    std::int64_t least, std::int64_t most) {
  const auto text = request.query.find(name);
  if (!text) return fallback;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  const bool whole = error == std::errc() && end == text->data() + text->size();
  if (!whole || value < least || value > most) {
    throw Refused(
        invalid_value(fmt::format("{} is to be a number from {} to {}.", name, least, most)));
  }
  return value;
}

}  // namespace

Page page_of(const Request& request) {
  constexpr std::int64_t kOffsetMost = std::int64_t{1} << 40;
  return {number(request, "limit", 20, 1, 100), number(request, "offset", 0, 0, kOffsetMost)};
}

Response page_response(const Request& request, const Page& page, std::vector<nlohmann::json> items,
                       const std::vector<std::string>& kept) {
  std::vector<std::string> texts;
  for (const auto& item : items) {
    texts.push_back(item.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  }
  return page_of_texts(request, page, std::move(texts), kept);
}

Response page_of_texts(const Request& request, const Page& page, std::vector<std::string> items,
                       const std::vector<std::string>& kept) {
  const bool more = static_cast<std::int64_t>(items.size()) > page.limit;
  if (more) items.resize(static_cast<std::size_t>(page.limit));
  auto link = [&](std::int64_t offset) {
    std::string text = fmt::format("{}/api/public/v1{}?limit={}&offset={}", request.base_url,
                                   request.path, page.limit, offset);
    for (const auto& name : kept) {
      const auto values = request.query.list(name);
      if (!values.empty()) {
        text +=
            fmt::format("&{}={}", name, percent_encoded(fmt::format("{}", fmt::join(values, ","))));
      }
    }
    return text;
  };
  const nlohmann::json links{
      {"next", more ? link(page.offset + page.limit) : std::string()},
      {"previous", page.offset == 0 ? std::string()
                                    : link(std::max<std::int64_t>(0, page.offset - page.limit))}};
  const std::string said = links.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return json_response(
      fmt::format("{{\"data\":[{}],{}", fmt::join(items, ","), std::string_view(said).substr(1)));
}

}  // namespace wharf::api

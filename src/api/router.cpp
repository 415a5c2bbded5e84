#include "api/router.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace wharf::api {
namespace {

struct Prefix {
  std::string_view text;
  Base base;
};

// Longest first among those that begin alike.
constexpr std::array<Prefix, 4> kPrefixes{{
    {"/api/public/v1", Base::public_api},
    {"/api/wharf/v1", Base::wharf_api},
    {"/api/v1", Base::config_api},
    {"/v1", Base::public_api},
}};

// Of several the first: an alias is counted with what it stands for.
std::string_view prefix_of(Base base) {
  for (const auto& prefix : kPrefixes)
    if (prefix.base == base) return prefix.text;
  return {};
}

std::string whole_path(Base base, std::string_view path) {
  return std::string(prefix_of(base)).append(path);
}

std::pair<Base, std::string_view> below_base(std::string_view path) {
  for (const auto& prefix : kPrefixes) {
    if (!path.starts_with(prefix.text)) continue;
    const auto rest = path.substr(prefix.text.size());
    if (rest.empty() || rest.front() == '/') return {prefix.base, rest};
  }
  return {Base::root, path};
}

std::vector<std::string> segments_of(std::string_view path) {
  std::vector<std::string> segments;
  if (!path.empty()) path.remove_prefix(1);
  for (const std::string_view part : base::split(path, '/')) segments.emplace_back(part);
  return segments;
}

bool is_parameter(const std::string& segment) {
  return segment.size() > 2 && segment.front() == '{';
}

bool fits(const std::vector<std::string>& pattern, const std::vector<std::string>& segments) {
  if (pattern.size() != segments.size()) return false;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    const bool same =
        is_parameter(pattern[at]) ? !segments[at].empty() : pattern[at] == segments[at];
    if (!same) return false;
  }
  return true;
}

// True if, at the first segment that differs in kind, `left` has the literal.
bool more_literal(const std::vector<std::string>& left, const std::vector<std::string>& right) {
  for (std::size_t at = 0; at < left.size(); ++at)
    if (is_parameter(left[at]) != is_parameter(right[at])) return is_parameter(right[at]);
  return false;
}

template <class Routes>
std::string methods_of(const Routes& routes) {
  std::string text;
  for (const auto& [method, route] : routes) {
    text.append(name_of(method)).append(", ");
    if (method == Method::get) text.append("HEAD, ");
  }
  return text.append("OPTIONS");
}

}  // namespace

void Router::put(Base base, Method method, std::string_view path, Route route) {
  WHARF_CHECK(!path.empty() && path.front() == '/');
  auto same = [&](const Template& one) { return one.base == base && one.path == path; };
  auto at = std::find_if(templates_.begin(), templates_.end(), same);
  if (at == templates_.end()) {
    templates_.push_back({base, std::string(path), segments_of(path), {}});
    at = std::prev(templates_.end());
  }
  const bool is_new = at->routes.emplace(method, std::move(route)).second;
  WHARF_CHECK(is_new);
}

Router::Match Router::match(Method method, std::string_view path) const {
  const auto [base, below] = below_base(path);
  Match match;
  match.base = base;
  match.path = below;
  if (match.path.size() > 1 && match.path.back() == '/') match.path.pop_back();
  if (match.path.empty()) match.path = "/";

  std::vector<std::string> segments;
  for (const auto& segment : segments_of(match.path)) {
    auto decoded = percent_decoded(segment, false);
    if (!decoded) return match;
    segments.push_back(std::move(*decoded));
  }

  const Template* best = nullptr;
  for (const auto& one : templates_) {
    if (one.base != base || !fits(one.segments, segments)) continue;
    if (!best || more_literal(one.segments, best->segments)) best = &one;
  }
  if (!best) return match;

  match.known = true;
  match.pattern = whole_path(base, best->path);
  match.allow = methods_of(best->routes);
  auto found = best->routes.find(method);
  if (found == best->routes.end() && method == Method::head) found = best->routes.find(Method::get);
  if (found != best->routes.end()) match.route = &found->second;
  for (std::size_t at = 0; at < segments.size(); ++at) {
    const auto& pattern = best->segments[at];
    if (is_parameter(pattern))
      match.parameters.emplace(pattern.substr(1, pattern.size() - 2), std::move(segments[at]));
  }
  return match;
}

std::vector<Router::Entry> Router::entries() const {
  std::vector<Entry> all;
  for (const auto& one : templates_)
    for (const auto& [method, route] : one.routes)
      all.push_back({one.base, method, one.path, whole_path(one.base, one.path), route.access});
  return all;
}

}  // namespace wharf::api

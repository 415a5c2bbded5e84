#include "docker/image_reference.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace wharf::docker {
namespace {

constexpr std::string_view kHub = "docker.io";
constexpr std::string_view kHubLibrary = "library/";
constexpr std::size_t kNameBytes = 255;
constexpr std::size_t kTagBytes = 128;

bool is_small_alnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}
bool is_word(char c) {
  return is_small_alnum(c) || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

Error bad_reference(std::string_view text, std::string_view why) {
  return {ErrorCode::invalid_argument, fmt::format("image '{}': {}", text, why)};
}

bool is_registry(std::string_view first) {
  return first == "localhost" || first.find_first_of(".:") != std::string_view::npos;
}

bool is_valid_registry(std::string_view registry) {
  const auto colon = registry.rfind(':');
  const bool bracketed = registry.front() == '[';
  auto host = registry;
  if (colon != std::string_view::npos && (!bracketed || registry[colon - 1] == ']')) {
    const auto port = registry.substr(colon + 1);
    if (port.empty() || port.size() > 5) return false;
    if (!std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; })) {
      return false;
    }
    host = registry.substr(0, colon);
  }
  if (bracketed) {
    return host.size() > 2 && host.back() == ']' &&
           host.find_first_not_of("0123456789abcdefABCDEF:.", 1) == host.size() - 1;
  }
  return !host.empty() &&
         std::all_of(host.begin(), host.end(),
                     [](char c) { return (is_word(c) && c != '_') || c == '.' || c == '-'; }) &&
         host.front() != '-' && host.front() != '.' && host.back() != '-';
}

// Between letters and digits: one `.`, one or two `_`, any number of `-`.
bool is_valid_component(std::string_view part) {
  if (part.empty() || !is_small_alnum(part.front()) || !is_small_alnum(part.back())) return false;
  for (std::size_t at = 0; at < part.size();) {
    if (is_small_alnum(part[at])) {
      ++at;
      continue;
    }
    const auto end = std::min(part.find_first_not_of(part[at], at), part.size());
    const auto count = end - at;
    const bool fits =
        (part[at] == '.' && count == 1) || (part[at] == '_' && count <= 2) || part[at] == '-';
    if (!fits || !is_small_alnum(part[end])) return false;
    at = end;
  }
  return true;
}

bool is_valid_tag(std::string_view tag) {
  if (tag.empty() || tag.size() > kTagBytes || !is_word(tag.front())) return false;
  return std::all_of(tag.begin(), tag.end(),
                     [](char c) { return is_word(c) || c == '.' || c == '-'; });
}

bool is_valid_digest(std::string_view digest) {
  const auto colon = digest.find(':');
  if (colon == std::string_view::npos) return false;
  const auto hex = digest.substr(colon + 1);
  const auto algorithm = digest.substr(0, colon);
  const std::size_t length = algorithm == "sha256" ? 64 : algorithm == "sha512" ? 128 : 0;
  return length != 0 && hex.size() == length && std::all_of(hex.begin(), hex.end(), is_hex);
}

std::string ending_of(const ImageReference& reference) {
  if (!reference.digest.empty()) return "@" + reference.digest;
  return ":" + reference.tag;
}

// Takes the digest and the tag off the end of `rest`.
Result<void> take_ending(std::string_view text, std::string_view& rest, ImageReference& reference) {
  if (const auto at = rest.find('@'); at != std::string_view::npos) {
    reference.digest = rest.substr(at + 1);
    rest = rest.substr(0, at);
    if (!is_valid_digest(reference.digest)) {
      return bad_reference(text, "after '@' stands a digest, 'sha256:' and 64 hexadecimal digits");
    }
  }
  const auto slash = rest.rfind('/');
  const auto colon = rest.find(':', slash == std::string_view::npos ? 0 : slash);
  if (colon != std::string_view::npos) {
    reference.tag = rest.substr(colon + 1);
    rest = rest.substr(0, colon);
    if (!is_valid_tag(reference.tag)) {
      return bad_reference(
          text,
          "after ':' stands a tag: up to 128 letters, digits, '_', '.' and '-', the "
          "first neither '.' nor '-'");
    }
  } else if (reference.digest.empty()) {
    reference.tag = "latest";
  }
  return {};
}

Result<void> check_repository(std::string_view text, std::string_view repository) {
  if (repository.empty()) return bad_reference(text, "there is no name");
  for (const auto part : base::split(repository, '/')) {
    if (is_valid_component(part)) continue;
    if (base::to_lower(part) != part) return bad_reference(text, "a name has small letters only");
    return bad_reference(text,
                         "a name is made of letters and digits, with '.', '_' or '-' between them, "
                         "and '/' between its parts");
  }
  return {};
}

}  // namespace

std::string ImageReference::full_name() const {
  return registry + "/" + repository + ending_of(*this);
}

std::string ImageReference::short_name() const {
  if (registry != kHub) return full_name();
  std::string_view name = repository;
  if (name.starts_with(kHubLibrary)) name.remove_prefix(kHubLibrary.size());
  return std::string(name) + ending_of(*this);
}

Result<ImageReference> parse_image_reference(std::string_view text) {
  if (text.empty()) return bad_reference(text, "there is no name");
  if (text.size() > 2 * kNameBytes)
    return bad_reference(text.substr(0, 80), "the name is too long");
  if (text.find("://") != std::string_view::npos) {
    return bad_reference(text, "an image is named without 'https://' or the like");
  }
  ImageReference reference;
  auto rest = text;
  const auto slash = rest.find('/');
  if (slash != std::string_view::npos && is_registry(rest.substr(0, slash))) {
    reference.registry = rest.substr(0, slash);
    rest.remove_prefix(slash + 1);
    if (!is_valid_registry(reference.registry)) {
      return bad_reference(text, "before the first '/' stands a registry, HOST or HOST:PORT");
    }
  }
  if (auto taken = take_ending(text, rest, reference); !taken) return std::move(taken).error();
  if (auto good = check_repository(text, rest); !good) return std::move(good).error();
  reference.repository = rest;
  if (reference.registry == "index.docker.io") reference.registry = kHub;
  if (reference.registry.empty()) reference.registry = kHub;
  if (reference.registry == kHub && rest.find('/') == std::string_view::npos) {
    reference.repository.insert(0, kHubLibrary);
  }
  if (reference.registry.size() + 1 + reference.repository.size() > kNameBytes) {
    return bad_reference(text, "the name has more than 255 characters");
  }
  return reference;
}

}  // namespace wharf::docker

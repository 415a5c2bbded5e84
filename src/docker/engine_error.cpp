#include "docker/engine_error.h"

#include "base/text.h"

#include <initializer_list>

namespace wharf::docker {
namespace {

bool says_any(std::string_view text, std::initializer_list<std::string_view> words) {
  for (const auto word : words) {
    if (text.find(word) != std::string_view::npos) return true;
  }
  return false;
}

struct Sign {
  EngineFault fault;
  std::initializer_list<std::string_view> words;
};

// What Docker 20.10 … 28 and Podman 4 write, in small letters; the first that fits decides.
// Runtimes say "no such file or directory" of an entrypoint and of a bind's source, so the former
// needs its own words.
const Sign kSigns[] = {
    {EngineFault::no_space, {"no space left on device", "disk quota exceeded"}},
    {EngineFault::wrong_platform,
     {"no matching manifest for", "does not match the specified platform",
      "no image found in image index for architecture", "no image found in manifest list for"}},
    {EngineFault::image_not_found,
     {"repository does not exist or may require", "manifest unknown", "no such image",
      "image not known", "repository name not known", "name unknown",
      "unable to find a name and tag match", "not found: manifest", "failed to find image"}},
    {EngineFault::registry_refused,
     {"no basic auth credentials", "unauthorized", "authentication required",
      "requested access to the resource is denied", "invalid username/password",
      "incorrect username or password", "pull access denied", "access forbidden", "403 forbidden"}},
    {EngineFault::entrypoint_not_found,
     {"executable file not found", "executable file `", "exec format error",
      "starting container process caused: exec", "unable to start container process: exec",
      "open executable: "}},
    {EngineFault::conflict,
     {"is already in use", "container state improper", "is not running", "already in progress"}},
    {EngineFault::registry_unreachable,
     {"dial tcp", "no such host", "connection refused", "i/o timeout", "tls handshake timeout",
      "x509:", "request canceled while waiting", "server gave http response to https",
      "proxyconnect", "pinging container registry", "toomanyrequests", "too many requests"}},
};

bool is_about_a_container(std::string_view text) {
  return says_any(text, {"no such container", "no container with name or id", "no such network",
                         "network not found", "unable to find network", "could not find the file"});
}

}  // namespace

std::string_view name_of(EngineFault fault) {
  switch (fault) {
    case EngineFault::unreachable:
      return "unreachable";
    case EngineFault::gone:
      return "gone";
    case EngineFault::timed_out:
      return "timed_out";
    case EngineFault::cancelled:
      return "cancelled";
    case EngineFault::bad_answer:
      return "bad_answer";
    case EngineFault::unsupported:
      return "unsupported";
    case EngineFault::image_not_found:
      return "image_not_found";
    case EngineFault::registry_refused:
      return "registry_refused";
    case EngineFault::registry_unreachable:
      return "registry_unreachable";
    case EngineFault::no_space:
      return "no_space";
    case EngineFault::wrong_platform:
      return "wrong_platform";
    case EngineFault::entrypoint_not_found:
      return "entrypoint_not_found";
    case EngineFault::not_found:
      return "not_found";
    case EngineFault::conflict:
      return "conflict";
    case EngineFault::refused:
      return "refused";
    case EngineFault::failed:
      return "failed";
  }
  return "failed";
}

ErrorCode code_of(EngineFault fault) {
  switch (fault) {
    case EngineFault::timed_out:
      return ErrorCode::timed_out;
    case EngineFault::cancelled:
      return ErrorCode::cancelled;
    case EngineFault::image_not_found:
    case EngineFault::not_found:
      return ErrorCode::not_found;
    case EngineFault::conflict:
      return ErrorCode::conflict;
    case EngineFault::refused:
      return ErrorCode::invalid_argument;
    default:
      return ErrorCode::environment;
  }
}

EngineFault fault_of_answer(unsigned status, std::string_view message) {
  const std::string text = base::to_lower(message);
  if (is_about_a_container(text)) return EngineFault::not_found;
  for (const auto& sign : kSigns) {
    if (says_any(text, sign.words)) return sign.fault;
  }
  switch (status) {
    case 401:
      return EngineFault::registry_refused;
    case 404:
      return EngineFault::not_found;
    case 409:
      return EngineFault::conflict;
    case 400:
    case 403:
      return EngineFault::refused;
    default:
      return EngineFault::failed;
  }
}

}  // namespace wharf::docker

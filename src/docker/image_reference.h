#pragma once

#include <wharf/error.h>

#include <string>
#include <string_view>

namespace wharf::docker {

/// The name of an image, in full: what `airbyte/source-faker` means is
/// `docker.io/airbyte/source-faker:latest`, and `busybox` is `docker.io/library/busybox:latest`.
struct ImageReference {
  std::string registry;    ///< `docker.io`, `localhost:5000`
  std::string repository;  ///< `library/busybox`
  std::string tag;         ///< empty only if there is a digest
  std::string digest;      ///< `sha256:…`, or empty; decides if there is a tag, too

  /// `docker.io/library/busybox:1.36`, or with `@sha256:…` in the tag's place. Engines of all kinds
  /// understand it alike.
  std::string full_name() const;
  /// As people write it: `busybox:1.36`, `airbyte/source-faker:latest`.
  std::string short_name() const;

  friend bool operator==(const ImageReference&, const ImageReference&) = default;
};

/// `[registry/]name[:tag][@digest]`. What stands before the first `/` is a registry if it has a `.`
/// or a `:` or is `localhost`. Fails with `invalid_argument` that says which part is off. Pure.
Result<ImageReference> parse_image_reference(std::string_view text);

}  // namespace wharf::docker

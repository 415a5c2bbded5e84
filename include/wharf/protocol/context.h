#pragma once
// What Wharf tells an end that is ours, beside Airbyte's files (sync-semantics 2.3, 3.5, 4.7).

#include <wharf/error.h>
#include <wharf/protocol/catalog.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wharf::protocol {

/// How long a connector's line may be, in bytes, where nobody has said otherwise.
inline constexpr std::size_t kLineLimit = std::size_t{64} << 20;

/// `wharf.json`: the file that the environment's WHARF_CONTEXT names.
struct Context {
  struct Stream {
    StreamDescriptor descriptor;
    std::string mode;  ///< the public name: `incremental_deduped_history`
    std::int64_t generation = 0;
    std::int64_t minimum_generation = 0;
    std::int64_t epoch = 0;
    bool resumable = false;  ///< the source's full refresh really goes on from a state
  };
  std::string connection;  ///< UUID
  std::int64_t job = 0;
  std::int64_t attempt = 0;
  std::int64_t epoch = 0;               ///< of a GLOBAL state
  std::size_t line_limit = kLineLimit;  ///< a record that is longer is refused
  std::vector<Stream> streams;

  const Stream* find(const StreamDescriptor& descriptor) const;
};
Result<Context> parse_context(std::string_view json);  ///< unknown members are ignored
std::string to_json(const Context& context);

/// Where a connection puts its streams. In socket mode the destination maps by itself, from
/// `/dest/namespace-mapping.json`.
struct NamespaceMapping {
  enum class Definition { source, destination, custom_format };
  Definition definition = Definition::source;
  std::string format;  ///< for custom_format: `raw_${SOURCE_NAMESPACE}`
  std::string prefix;

  bool is_identity() const { return definition == Definition::source && prefix.empty(); }
  StreamDescriptor map(const StreamDescriptor& stream) const;
};
Result<NamespaceMapping> parse_namespace_mapping(std::string_view json);
std::string to_json(const NamespaceMapping& mapping);

}  // namespace wharf::protocol

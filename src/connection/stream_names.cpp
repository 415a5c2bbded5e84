#include "connection/stream_names.h"

#include <fmt/format.h>

namespace wharf::connection {

std::vector<protocol::StreamDescriptor> streams_of(const Connection& connection) {
  std::vector<protocol::StreamDescriptor> all;
  for (const auto& stream : connection.catalog.streams) all.push_back(stream.stream.descriptor);
  return all;
}

Result<std::vector<protocol::StreamDescriptor>> streams_named(
    const Connection& connection, const std::vector<std::string>& names) {
  std::vector<protocol::StreamDescriptor> out;
  for (const auto& name : names) {
    const auto before = out.size();
    for (auto& stream : streams_of(connection)) {
      if (stream.name == name || protocol::to_string(stream) == name) {
        out.push_back(std::move(stream));
      }
    }
    if (out.size() == before)
      return Error{ErrorCode::not_found,
                   fmt::format("connection '{}' has no stream '{}'", connection.name, name)};
  }
  return out;
}

}  // namespace wharf::connection

#include "connectors/source_file/read_state.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace wharf::connectors::source_file {
namespace {

using nlohmann::json;

constexpr int kVersion = 1;

json mark_to_json(const FileMark& mark) {
  return json::array({mark.inode, mark.offset, mark.hash, mark.modified_at});
}

FileMark mark_from(const json& mark) {
  return {mark.at(0).get<std::uint64_t>(), mark.at(1).get<std::uint64_t>(),
          mark.at(2).get<std::string>(), mark.at(3).get<std::int64_t>()};
}

[[noreturn]] void refuse(const protocol::StreamDescriptor& stream, std::string_view why) {
  throw Failure(Error{ErrorCode::invalid_config,
                      fmt::format("the state of stream '{}' {}; clear it to read from the start",
                                  protocol::to_string(stream), why),
                      Origin::source});
}

}  // namespace

bool FileMark::is_of(const files::InputFile& file) const {
  return file.inode() == inode && file.size() >= offset && file.prefix_hash(offset) == hash;
}

FileMark FileMark::of(const files::InputFile& file, std::uint64_t offset) {
  return {file.inode(), offset, file.prefix_hash(offset), file.modified_at()};
}

ReadState parse_read_state(std::string_view text, protocol::SyncMode mode,
                           const protocol::StreamDescriptor& stream) {
  const json state = json::parse(text, nullptr, false);
  if (!state.is_object() || state.value("source", json()) != "file" ||
      !state.value("v", json()).is_number_integer()) {
    refuse(stream, "is not one of source-file");
  }
  if (state["v"] > kVersion) {
    refuse(stream, fmt::format("is of a later format ({}, this program knows {})",
                               state["v"].dump(), kVersion));
  }
  if (state.value("mode", json()) != protocol::name_of(mode)) {
    refuse(stream, fmt::format("is of a read in mode {}, not {}",
                               state.value("mode", json()).dump(), protocol::name_of(mode)));
  }
  ReadState result;
  try {
    if (mode == protocol::SyncMode::incremental) {
      for (const auto& [path, mark] : state.at("files").items()) {
        result.files[path] = mark_from(mark);
      }
    } else {
      result.file = state.at("file").get<std::string>();
      if (!result.file.empty()) result.mark = mark_from(state.at("mark"));
      result.ended = state.at("ended").get<bool>();
      result.done = state.at("done").get<bool>();
    }
  } catch (const json::exception&) {
    refuse(stream, "is damaged: it lacks what a state of source-file has");
  }
  return result;
}

protocol::JsonText to_json(const ReadState& state, protocol::SyncMode mode) {
  json text = {{"v", kVersion}, {"source", "file"}, {"mode", protocol::name_of(mode)}};
  if (mode == protocol::SyncMode::incremental) {
    json& marks = text["files"] = json::object();
    for (const auto& [path, mark] : state.files) marks[path] = mark_to_json(mark);
  } else {
    text["file"] = state.file;
    text["mark"] = mark_to_json(state.mark);
    text["ended"] = state.ended;
    text["done"] = state.done;
  }
  return text.dump();
}

}  // namespace wharf::connectors::source_file

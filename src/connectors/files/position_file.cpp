#include "connectors/files/position_file.h"

#include <wharf/error.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

namespace wharf::connectors::files {
namespace {

using nlohmann::ordered_json;

constexpr int kVersion = 1;
constexpr std::string_view kNextNames[] = {"undecided", "replace", "join"};

[[noreturn]] void refuse(const std::string& why) {
  throw Failure(Error{ErrorCode::data_foreign, "this is no position of Wharf's: " + why,
                      Origin::destination});
}

Staging::Next next_from(const std::string& name) {
  auto found = std::ranges::find(kNextNames, name);
  if (found == std::end(kNextNames)) refuse("a staging that is to '" + name + "'");
  return static_cast<Staging::Next>(found - std::begin(kNextNames));
}

FileMark mark_from(const ordered_json& json) {
  return {json.at("inode").get<std::int64_t>(), json.at("length").get<std::int64_t>()};
}

FilePosition file_from(const ordered_json& json) {
  FilePosition file;
  file.file = json.at("file").get<std::string>();
  if (!json.at("length").is_null()) file.target = mark_from(json);
  file.clean = json.at("clean").get<bool>();
  const ordered_json& staging = json.at("staging");
  if (staging.is_null()) return file;
  file.staging = Staging{staging.at("generation").get<std::int64_t>(), mark_from(staging),
                         next_from(staging.at("next").get<std::string>()),
                         staging.at("joined").get<std::int64_t>()};
  return file;
}

ordered_json to_json(const FilePosition& file) {
  ordered_json json{{"file", file.file}};
  json["length"] = file.target ? ordered_json(file.target->length) : ordered_json();
  json["inode"] = file.target ? ordered_json(file.target->inode) : ordered_json();
  json["clean"] = file.clean;
  json["staging"] = nullptr;
  if (file.staging) {
    json["staging"] = {{"generation", file.staging->generation},
                       {"length", file.staging->mark.length},
                       {"inode", file.staging->mark.inode},
                       {"next", kNextNames[static_cast<std::size_t>(file.staging->next)]},
                       {"joined", file.staging->joined}};
  }
  return json;
}

DirectoryPosition parse(std::string_view text) {
  std::size_t end = text.find('\n');
  if (end == std::string_view::npos) refuse("it has one line");
  auto head = ordered_json::parse(text.substr(0, end));
  if (int version = head.at("version").get<int>(); version != kVersion) {
    refuse("it has format " + std::to_string(version) + ", and this program knows format 1");
  }
  DirectoryPosition position;
  position.connection = head.at("connection").get<std::string>();
  for (const ordered_json& file : head.at("files")) position.files.push_back(file_from(file));

  auto parsed = protocol::parse_position(text.substr(end + 1));
  if (!parsed) refuse(parsed.error().message);
  protocol::Position said = std::move(*parsed);
  if (said.streams.size() != position.files.size()) refuse("files and streams differ in number");
  position.job = said.job;
  position.attempt = said.attempt;
  position.epoch = said.epoch;
  position.global = std::move(said.global);
  for (std::size_t i = 0; i < said.streams.size(); ++i) {
    position.files[i].stream = std::move(said.streams[i]);
  }
  return position;
}

}  // namespace

FilePosition* DirectoryPosition::find(std::string_view file) {
  auto found = std::ranges::find(files, file, &FilePosition::file);
  return found == files.end() ? nullptr : &*found;
}

protocol::StreamPosition stream_position(const FilePosition& file) {
  protocol::StreamPosition stream = file.stream;
  bool staged = file.staging && file.staging->generation == stream.generation;
  std::optional<FileMark> mark = staged ? file.staging->mark : file.target;
  stream.length = mark ? std::optional(mark->length) : std::nullopt;
  stream.inode = mark ? std::optional(mark->inode) : std::nullopt;
  return stream;
}

DirectoryPosition parse_directory_position(std::string_view text) {
  try {
    return parse(text);
  } catch (const nlohmann::json::exception& error) {
    refuse(error.what());
  }
}

std::string to_text(const DirectoryPosition& position) {
  ordered_json head{{"version", kVersion}, {"connection", position.connection}};
  head["files"] = ordered_json::array();
  protocol::Position said{position.job, position.attempt, position.epoch, {}, position.global};
  for (const FilePosition& file : position.files) {
    if (file.is_blank()) continue;
    head["files"].push_back(to_json(file));
    said.streams.push_back(stream_position(file));
  }
  return head.dump() + "\n" + protocol::to_json(said) + "\n";
}

PositionFile::PositionFile(std::filesystem::path path) : path_(std::move(path)) {}

DirectoryPosition PositionFile::load() {
  std::optional<FileMark> found = look_at(path_);
  std::optional<std::string> text = read_whole(path_);
  inode_ = found ? found->inode : 0;
  if (!text) return {};
  try {
    return parse_directory_position(*text);
  } catch (const Failure& failure) {
    Error error = failure.error();
    throw Failure(std::move(error).during("reading " + path_.string()));
  }
}

void PositionFile::save(const DirectoryPosition& position) {
  std::optional<FileMark> found = look_at(path_);
  if ((found ? found->inode : 0) != inode_) {
    throw Failure(Error{ErrorCode::conflict,
                        path_.string() +
                            " was replaced by somebody else while this write was at work: its "
                            "attempt no longer stands, and nothing more is written",
                        Origin::destination});
  }
  inode_ = replace_file(path_, to_text(position));
}

}  // namespace wharf::connectors::files

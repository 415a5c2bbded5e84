#include "base/nearest.h"
#include "base/private_file.h"
#include "base/text.h"
#include "connection/sync_mode.h"
#include "declaration/connector_reference.h"
#include "declaration/declaration.h"
#include "declaration/declared_id.h"
#include "declaration/resources_section.h"
#include "declaration/schedule_section.h"
#include "declaration/section.h"
#include "declaration/state_section.h"
#include "declaration/yaml_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

namespace wharf::declaration {
namespace {

using definition::Kind;
using Forced = workload::TransportFacts::Forced;

// `line 12`, or `shop.yaml:12` from another file.
std::string seen_from(const Place& here, const Place& there) {
  if (here.file == there.file) return fmt::format("line {}", there.line);
  return fmt::format("{}:{}", there.file, there.line);
}

// Reads one document into a Loaded.
class Loader {
 public:
  Loader(std::string file, Loaded& out) : file_(std::move(file)), out_(out) {}

  void load(const YAML::Node& root) {
    Section top(root, "the declaration", file_, out_.problems);
    const std::string version = top.text("version", "1");
    if (version != "1") {
      top.problem(top.line_of("version"),
                  fmt::format("version is '{}'; this Wharf reads version 1", version));
    }
    each(top, "sources", [&](Section item) { endpoint(item, Kind::source); });
    each(top, "destinations", [&](Section item) { endpoint(item, Kind::destination); });
    each(top, "connections", [&](Section item) { connection(item); });
    top.finish();
  }

 private:
  template <class F>
  void each(Section& top, std::string_view key, F&& read) {
    const YAML::Node list = top.get(key);
    if (!list.IsDefined() || list.IsNull()) return;
    if (!list.IsSequence()) {
      top.problem(top.line_of(key), fmt::format("{} must be a list", key));
      return;
    }
    for (const auto& item : list) {
      const YAML::Node& map = item;
      const bool named = map.IsMap() && map["name"].IsDefined() && map["name"].IsScalar();
      const std::string singular(key.substr(0, key.size() - 1));
      read(Section(item, named ? fmt::format("{} '{}'", singular, map["name"].Scalar()) : singular,
                   file_, out_.problems));
    }
  }

  void endpoint(Section& item, Kind kind) {
    Endpoint endpoint;
    endpoint.place = item.place();
    endpoint.name = item.required_text("name");
    endpoint.id = id(item);
    endpoint.connector = read_connector(item, kind);
    const YAML::Node configuration = item.get("configuration");
    if (configuration.IsDefined() && !configuration.IsNull()) {
      if (configuration.IsMap()) {
        endpoint.configuration = to_json(configuration, "", endpoint.lines).dump();
      } else {
        item.problem(item.line_of("configuration"), "configuration must be a mapping");
      }
    }
    endpoint.resources = scoped_resources(item);
    const bool runs_here = endpoint.connector.image.empty();
    if (runs_here && !endpoint.resources.empty()) {
      item.problem(item.line_of("resources"),
                   "resources are of containers, and its connector is no image");
    }
    item.finish();
    auto& list = kind == Kind::source ? out_.declaration.sources : out_.declaration.destinations;
    for (const auto& other : list) {
      if (other.name == endpoint.name) {
        item.problem(endpoint.place.line,
                     fmt::format("{} '{}' stands twice, first in {}", definition::name_of(kind),
                                 endpoint.name, seen_from(endpoint.place, other.place)));
      }
    }
    list.push_back(std::move(endpoint));
  }

  void connection(Section& item) {
    Connection connection;
    connection.place = item.place();
    connection.name = item.required_text("name");
    connection.id = id(item);
    connection.previous_name = item.text("previous_name");
    connection.source = item.required_text("source");
    connection.destination = item.required_text("destination");
    connection.active = item.word("status", {"active", "inactive"}, "active") == "active";
    const std::string mode = item.word("mode", {"auto", "socket", "stdio"}, "auto");
    if (mode == "socket") connection.mode = Forced::socket;
    if (mode == "stdio") connection.mode = Forced::stdio;
    namespaces(item, connection);
    connection.names.prefix = item.text("prefix");
    streams(item, connection);
    connection.resources = side_resources(item);
    connection.schedule = schedule_in(item);
    connection.state = state_in(item);
    for (auto key : {"tags", "notify", "schema_changes"}) item.get(key);  // for the daemon
    item.finish();
    out_.declaration.connections.push_back(std::move(connection));
  }

  std::string id(Section& item) {
    std::string id = base::to_lower(item.text("id"));
    if (id.empty() || is_uuid(id)) return id;
    item.problem(item.line_of("id"), fmt::format("id is '{}', must be a UUID", id));
    return {};
  }

  void namespaces(Section& item, Connection& connection) {
    using Definition = protocol::NamespaceMapping::Definition;
    if (!item.get("namespace").IsDefined()) return;
    Section section = item.section("namespace", "namespace");
    const std::string definition =
        section.word("definition", {"source", "destination", "custom_format"}, "source");
    connection.names.format = section.text("format");
    if (definition == "destination") connection.names.definition = Definition::destination;
    if (definition == "custom_format") {
      connection.names.definition = Definition::custom_format;
      if (connection.names.format.empty()) {
        section.problem(section.place().line, "namespace custom_format needs a format");
      }
    }
    section.finish();
  }

  void streams(Section& item, Connection& connection) {
    const YAML::Node list = item.get("streams");
    if (!list.IsDefined() || list.IsNull()) return;
    if (!list.IsSequence() || list.size() == 0) {
      item.problem(item.line_of("streams"), "streams must be a list; leave it out for all streams");
      return;
    }
    for (const auto& node : list) {
      connection.stream_lines.push_back(node.Mark().line + 1);
      if (node.IsScalar()) {  // just a name
        connection::StreamChoice choice;
        choice.name = node.Scalar();
        connection.streams.push_back(std::move(choice));
      } else {
        connection.streams.push_back(stream(Section(node, "stream", file_, out_.problems)));
      }
    }
  }

  connection::StreamChoice stream(Section section) {
    connection::StreamChoice choice;
    choice.name = section.required_text("name");
    if (section.get("namespace").IsDefined()) choice.name_space = section.text("namespace");
    choice.sync_mode = sync_mode(section, choice.name);
    choice.cursor_field = section.texts("cursor_field");
    choice.primary_key = paths(section, "primary_key");
    choice.selected_fields = section.texts("selected_fields");
    section.finish();
    return choice;
  }

  std::string sync_mode(Section& section, const std::string& stream) {
    std::string name = section.text("sync_mode");
    if (name.empty() || connection::find_sync_mode(name) != nullptr) return name;
    std::vector<std::string_view> names;
    for (const auto& each : connection::sync_modes()) names.push_back(each.name);
    section.problem(section.line_of("sync_mode"),
                    fmt::format("stream '{}': unknown sync_mode '{}'{}", stream, name,
                                base::did_you_mean(name, names)));
    return {};
  }

  // [[id], [address, zip]], or [id, zip], or id: a list of paths.
  std::vector<protocol::FieldPath> paths(Section& section, std::string_view key) {
    std::vector<protocol::FieldPath> out;
    const YAML::Node node = section.get(key);
    if (!node.IsDefined() || node.IsNull()) return out;
    if (node.IsScalar()) return {{node.Scalar()}};
    for (const auto& item : node) {
      protocol::FieldPath path;
      if (item.IsScalar())
        path.push_back(item.Scalar());
      else
        for (const auto& part : item) path.push_back(part.IsScalar() ? part.Scalar() : "");
      if (path.empty() || std::find(path.begin(), path.end(), "") != path.end()) {
        section.problem(item.Mark().line + 1, fmt::format("{} must be a list of fields", key));
      } else {
        out.push_back(std::move(path));
      }
    }
    return out;
  }

  std::string file_;
  Loaded& out_;
};

// Holds what is declared, maybe in several files, to itself.
class References {
 public:
  explicit References(Loaded& out) : out_(out) {}

  void check() {
    const Declaration& all = out_.declaration;
    std::map<std::string, Place> seen;
    for (const auto& connection : all.connections) {
      auto [first, fresh] = seen.emplace(connection.name, connection.place);
      if (!fresh) {
        out_.problems.push_back(
            {connection.place,
             fmt::format("connection '{}' stands twice, first in {}", connection.name,
                         seen_from(connection.place, first->second))});
      }
      refer(connection, "source", connection.source, all.sources);
      refer(connection, "destination", connection.destination, all.destinations);
      hold_to_containers(connection);
    }
  }

 private:
  // Limits that nothing would hold anybody to are not promised.
  void hold_to_containers(const Connection& connection) {
    if (connection.resources == definition::SideResources{}) return;
    const auto is_image = [](const Endpoint* end) {
      return end == nullptr || !end->connector.image.empty();
    };
    if (is_image(out_.declaration.source(connection.source)) ||
        is_image(out_.declaration.destination(connection.destination))) {
      return;
    }
    out_.problems.push_back(
        {connection.place,
         fmt::format("connection '{}': resources are of containers, and neither its source nor its "
                     "destination is an image",
                     connection.name)});
  }

  void refer(const Connection& connection, std::string_view kind, const std::string& name,
             const std::vector<Endpoint>& list) {
    if (name.empty()) return;  // said already
    std::vector<std::string_view> names;
    for (const auto& endpoint : list) names.push_back(endpoint.name);
    if (std::find(names.begin(), names.end(), name) != names.end()) return;
    out_.problems.push_back(
        {connection.place,
         fmt::format("connection '{}' names {} '{}', which is not declared{}", connection.name,
                     kind, name, base::did_you_mean(name, names))});
  }

  Loaded& out_;
};

const Endpoint* find(const std::vector<Endpoint>& list, const std::string& name) {
  auto at = std::find_if(list.begin(), list.end(),
                         [&](const Endpoint& endpoint) { return endpoint.name == name; });
  return at == list.end() ? nullptr : &*at;
}

}  // namespace

std::string to_string(const Problem& problem) {
  if (problem.place.line == 0) return fmt::format("{}: {}", problem.place.file, problem.message);
  return fmt::format("{}:{}: {}", problem.place.file, problem.place.line, problem.message);
}

const Endpoint* Declaration::source(const std::string& name) const {
  return find(sources, name);
}
const Endpoint* Declaration::destination(const std::string& name) const {
  return find(destinations, name);
}

namespace {

// Adds what one text declares to what there is.
void add(const std::string& text, const std::string& path, Loaded& loaded) {
  try {
    const YAML::Node root = YAML::Load(text);
    if (!root.IsMap()) {
      loaded.problems.push_back({{path, 0},
                                 "declares nothing: it must map sources:, "
                                 "destinations: and connections: to lists"});
      return;
    }
    Loader(path, loaded).load(root);
  } catch (const YAML::Exception& broken) {
    loaded.problems.push_back({{path, broken.mark.line + 1}, "no YAML: " + broken.msg});
  }
}

void add_file(const std::string& path, Loaded& loaded) {
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    loaded.problems.push_back({{path, 0}, fmt::format("cannot be read: {}", std::strerror(errno))});
    return;
  }
  add(std::string{std::istreambuf_iterator<char>(in), {}}, path, loaded);
}

}  // namespace

Loaded parse(const std::string& text, const std::string& path) {
  Loaded loaded;
  add(text, path, loaded);
  References(loaded).check();
  return loaded;
}

Loaded parse(const std::vector<SourceFile>& files) {
  Loaded loaded;
  for (const auto& file : files) add(file.text, file.path, loaded);
  References(loaded).check();
  return loaded;
}

Loaded load(const std::string& path) {
  Loaded loaded;
  add_file(path, loaded);
  References(loaded).check();
  return loaded;
}

Result<std::vector<std::string>> files_in(const std::string& directory) {
  std::vector<std::string> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    const auto extension = entry.path().extension();
    if (extension == ".yaml" || extension == ".yml") files.push_back(entry.path().string());
  }
  if (error) return Error{ErrorCode::invalid_argument, "cannot be read: " + error.message()};
  std::sort(files.begin(), files.end());
  return files;
}

Loaded load_directory(const std::string& path) {
  Loaded loaded;
  std::error_code error;
  if (!std::filesystem::exists(path, error) && !error) return loaded;
  const auto files = files_in(path);
  if (!files) {
    loaded.problems.push_back({{path, 0}, files.error().message});
    return loaded;
  }
  for (const auto& file : *files) {
    if (auto kept = base::require_unwritable_by_others(file); !kept)
      loaded.problems.push_back({{file, 0}, kept.error().message});
    add_file(file, loaded);
  }
  References(loaded).check();
  return loaded;
}

}  // namespace wharf::declaration

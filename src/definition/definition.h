#pragma once

#include <wharf/protocol/json.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "definition/builtin_definitions.h"

namespace wharf::definition {

/// A connector inside this binary: `wharf connector <name> …`.
struct Builtin {
  std::string name;
  friend bool operator==(const Builtin&, const Builtin&) = default;
};

/// A program on this host that speaks the protocol.
struct Command {
  std::vector<std::string> argv;
  std::map<std::string, std::string> environment;  ///< added to the built one; never a secret
  std::string working_directory;                   ///< empty: the run directory
  friend bool operator==(const Command&, const Command&) = default;
};

/// What a container may use at most, and what it is to get when the host is short of it; none: as
/// the settings say.
struct Resources {
  std::optional<int> milli_cpus = {};                ///< thousandths of a processor
  std::optional<std::uint64_t> memory = {};          ///< bytes, swap included
  std::optional<int> milli_cpus_request = {};        ///< thousandths; a weight against others
  std::optional<std::uint64_t> memory_request = {};  ///< bytes
  friend bool operator==(const Resources&, const Resources&) = default;
};

/// A container image that speaks the protocol.
struct Image {
  std::string reference;                           ///< with its tag or digest
  std::map<std::string, std::string> environment;  ///< added to the built one; never a secret
  Resources resources;
  /// What the engine had under the reference when it was last run; empty: it never was.
  std::string digest;
  friend bool operator==(const Image&, const Image&) = default;
};

/// What is run.
using Program = std::variant<Builtin, Command, Image>;

/// A connector that exists, and what Wharf believes of it.
struct Definition {
  base::DefinitionId id;
  Kind kind = Kind::source;
  std::string name;
  Program program;
  /// Its data channel (data-plane 1.2) as JSON; none: stdio only.
  std::optional<protocol::JsonText> ipc;
  bool supports_refreshes = false;      ///< a destination: knows generations
  bool holds_position = false;          ///< a destination: answers WHARF_CONTEXT with its position
  bool resumable_full_refresh = false;  ///< a source: its full refresh really goes on from a state
  /// A source: how long it may say neither record nor state; none: as the settings say.
  std::optional<std::chrono::seconds> max_between_messages;
  std::string documentation_url;
  bool custom = false;   ///< made by REST, and changed there alone
  bool deleted = false;  ///< kept for what refers to it

  bool is_builtin() const { return std::holds_alternative<Builtin>(program); }
};

/// The definition of a built-in: everything above is true of those that live here.
Definition definition_of(const BuiltinDefinition& builtin);

/// Says which connector was asked for: another name, command or image is another one, a new version
/// of the same program is not.
std::string identity(const Definition& definition);
/// Changes whenever the connector may answer otherwise: its program, for a command the size and
/// time of its file, for an image the digest that was seen last. The key of stored answers, with
/// Wharf's own version for built-ins.
std::string fingerprint(const Definition& definition);

/// The same definition with what has just been seen of its image; of others: as it is.
Definition with_digest(Definition definition, std::string_view digest);

/// The environment that a definition adds; null: a built-in has none.
std::map<std::string, std::string>* environment_of(Program& program);
const std::map<std::string, std::string>* environment_of(const Program& program);

/// An image's name and its tag: `airbyte/source-faker`, `6.2.10`; `latest` where none is said, and
/// the digest where one stands instead. What is no reference is a name without a tag.
struct ImageName {
  std::string repository;
  std::string tag;
};
ImageName image_name(std::string_view reference);

/// Both as a reference; not checked.
std::string image_reference(const ImageName& name);

}  // namespace wharf::definition

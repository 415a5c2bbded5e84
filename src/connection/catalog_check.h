#pragma once
// What is looked at when a connection's streams are chosen, whoever chooses them. Pure, but for
// what is written.

#include "connection/connection.h"
#include "connection/stream_choice.h"
#include "sqlite/transaction.h"

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace wharf::connection {

/// More than these, over all its streams, no connection has.
inline constexpr std::size_t kFieldsMax = 20'000;
/// The columns of all streams.
std::size_t fields_of(const protocol::ConfiguredCatalog& catalog);
/// What is wrong with a catalog that has more; nothing otherwise.
std::optional<std::string> too_many_fields(const protocol::ConfiguredCatalog& catalog);

/// Two streams that would land in one place of the destination.
struct Meeting {
  std::string first;
  std::string second;
  std::string place;
};
std::vector<Meeting> meetings(const protocol::ConfiguredCatalog& catalog,
                              const protocol::NamespaceMapping& names);

/// What a job freezes beside its catalog: whose fields were chosen, and in which order they were
/// named.
protocol::JsonText settings_of(std::span<const StreamChoice> choices,
                               const protocol::ConfiguredCatalog& catalog);
/// The streams, as protocol::to_string names them, of which they were.
using ChosenFields = std::set<std::string>;
ChosenFields chosen_fields(const protocol::JsonText& settings);

/// The settings with where the streams go in them: a job keeps to it, whatever becomes of its
/// connection meanwhile.
protocol::JsonText with_names(const protocol::JsonText& settings,
                              const protocol::NamespaceMapping& names);
/// Older settings do not say it.
std::optional<protocol::NamespaceMapping> names_of(const protocol::JsonText& settings);

/// Streams that are read in another way than before.
std::vector<protocol::StreamDescriptor> changed_modes(const protocol::ConfiguredCatalog& before,
                                                      const protocol::ConfiguredCatalog& after);
/// A stream that is read in another way from now on starts over (sync-semantics 4.3). Before `row`
/// is put.
void forget_changed_modes(sqlite::Transaction& transaction, const Connection& row);

/// The chosen fields of settings_of() in the order in which they were named, by stream, as
/// protocol::to_string names it. Older settings know none.
using FieldOrder = std::map<std::string, std::vector<std::string>>;
FieldOrder field_order(const protocol::JsonText& settings);

}  // namespace wharf::connection

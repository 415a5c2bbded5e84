#include "daemon/claims.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace wharf::daemon {
namespace {

using connection::Provenance;
using connection::Thing;
using declaration::Declaration;
using declaration::Problem;
namespace provenance = connection::provenance_table;

// Reads the claims of one declaration.
class Claims {
 public:
  Claims(sqlite::Connection& store, const api::DeclarationWish& wish)
      : store_(store), wish_(wish) {}

  template <class Item>
  void claim(Thing thing, Item& item, const std::vector<Item>& own) {
    const auto what = fmt::format("{} '{}'", connection::name_of(thing), item.name);
    if (const auto* owned = find(own, item.name)) {
      object(item, fmt::format("{} is declared in {}, one of the daemon's own files: it is changed "
                               "there",
                               what, owned->place.file));
    } else if (item.id.empty()) {
      claim_by_name(thing, item, what);
    } else {
      claim_by_id(thing, item, own, what);
    }
  }

  // Over the network nobody names what only those of this machine may use.
  void hold_to_network(const declaration::Endpoint& endpoint) {
    if (wish_.may_use_host) return;
    const auto& config = endpoint.configuration;
    const bool refers =
        config.find("${env:") != std::string::npos || config.find("${file:") != std::string::npos;
    if (!endpoint.connector.command.empty() || refers) {
      object(endpoint, fmt::format("'{}' names a program, a file or a variable of the host: that "
                                   "can be applied through the daemon's own socket only",
                                   endpoint.name));
    }
  }

  std::vector<Problem> take() { return std::move(problems_); }

 private:
  template <class Item>
  static const Item* find(const std::vector<Item>& list, const std::string& name) {
    const auto at =
        std::find_if(list.begin(), list.end(), [&](const Item& item) { return item.name == name; });
    return at == list.end() ? nullptr : &*at;
  }

  template <class Item>
  void object(const Item& item, std::string message) {
    problems_.push_back({item.place, std::move(message)});
  }

  template <class Item>
  void claim_by_name(Thing thing, Item& item, const std::string& what) {
    const auto named = provenance::named(store_, thing, item.name);
    if (named.empty() || named.front().managed_by != "api") return;
    if (!wish_.adopt) {
      object(item, what + " was made by REST; --adopt takes it over");
    } else if (named.size() > 1) {
      object(item,
             fmt::format("there are {} of the name '{}', made by REST: say with id: which one "
                         "is meant",
                         named.size(), item.name));
    } else {
      item.id = named.front().id;
    }
  }

  template <class Item>
  void claim_by_id(Thing thing, const Item& item, const std::vector<Item>& own,
                   const std::string& what) {
    const auto meant = provenance::find(store_, thing, item.id);
    if (meant && meant->managed_by == "api" && !wish_.adopt) {
      object(item, what + " was made by REST; --adopt takes it over");
    }
    if (meant && meant->managed_by == "file" && find(own, meant->name) != nullptr) {
      object(item, fmt::format("{} has the id of '{}', which the daemon's own files declare", what,
                               meant->name));
    }
    for (const auto& other : provenance::named(store_, thing, item.name)) {
      if (other.managed_by == "api" || other.id == item.id) continue;
      object(item, fmt::format("{} stands here already, with the id {}", what, other.id));
    }
  }

  sqlite::Connection& store_;
  const api::DeclarationWish& wish_;
  std::vector<Problem> problems_;
};

bool is_given(const api::DeclarationWish& wish, const std::string& path) {
  const auto parent = std::filesystem::path(path).parent_path().string();
  return std::any_of(wish.files.begin(), wish.files.end(),
                     [&](const auto& file) { return file.path == path; }) ||
         std::find(wish.directories.begin(), wish.directories.end(), parent) !=
             wish.directories.end();
}

}  // namespace

std::vector<Problem> claim(sqlite::Connection& store, Declaration& declaration,
                           const Declaration& own, const api::DeclarationWish& wish) {
  Claims claims(store, wish);
  for (auto& each : declaration.sources) claims.claim(Thing::source, each, own.sources);
  for (auto& each : declaration.destinations) {
    claims.claim(Thing::destination, each, own.destinations);
  }
  for (auto& each : declaration.connections) {
    claims.claim(Thing::connection, each, own.connections);
  }
  for (const auto& each : declaration.sources) claims.hold_to_network(each);
  for (const auto& each : declaration.destinations) claims.hold_to_network(each);
  return claims.take();
}

std::vector<Provenance> no_longer_declared(sqlite::Connection& store,
                                           const api::DeclarationWish& wish,
                                           const std::vector<Provenance>& declared) {
  auto applied = provenance::applied(store);
  std::erase_if(applied, [&](const Provenance& thing) {
    const bool still = std::any_of(declared.begin(), declared.end(), [&](const Provenance& each) {
      return each.thing == thing.thing && each.id == thing.id;
    });
    return still || !thing.declared_in || !is_given(wish, *thing.declared_in);
  });
  return applied;
}

}  // namespace wharf::daemon

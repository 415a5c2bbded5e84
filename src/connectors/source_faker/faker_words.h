#pragma once
// Words to make people and things of. None needs escaping in JSON.

#include <span>
#include <string_view>

namespace wharf::connectors::faker::words {

using Words = std::span<const std::string_view>;

extern const Words first_names;
extern const Words titles;
extern const Words mail_words;
extern const Words mail_domains;
extern const Words genders;
extern const Words languages;
extern const Words degrees;
extern const Words nationalities;
extern const Words occupations;
extern const Words blood_types;
extern const Words streets;
extern const Words cities;
extern const Words states;
extern const Words countries;  ///< ISO 3166-1 alpha-2
extern const Words makes;
extern const Words models;

}  // namespace wharf::connectors::faker::words

#include "connectors/source_faker/faker_config.h"

#include <wharf/error.h>

#include <nlohmann/json.hpp>

namespace wharf::connectors::faker {
namespace {

void read_integer(const nlohmann::json& config, const char* key, std::int64_t least,
                  std::int64_t& out) {
  auto found = config.find(key);
  if (found == config.end()) return;
  if (!found->is_number_integer() || found->get<std::int64_t>() < least) {
    refuse(std::string(key) + " is " + found->dump() + "; allowed are whole numbers from " +
           std::to_string(least));
  }
  out = found->get<std::int64_t>();
}

}  // namespace

void refuse(const std::string& message) {
  throw Failure(Error{ErrorCode::invalid_config, message, Origin::source});
}

std::string config_schema() {
  return R"json({"$schema":"http://json-schema.org/draft-07/schema#",
"title":"Sample data","type":"object","required":[],"additionalProperties":true,"properties":{
"count":{"type":"integer","title":"Count","minimum":1,"default":1000,"order":0,
 "description":"How many users. There are as many purchases, and at most 100 products."},
"seed":{"type":"integer","title":"Seed","minimum":-1,"default":-1,"order":1,
 "description":"The same seed gives the same rows every time. -1: rows by chance."},
"records_per_slice":{"type":"integer","title":"Records per slice","minimum":1,"default":1000,"order":2,
 "description":"How many rows are made between two states."},
"always_updated":{"type":"boolean","title":"Always updated","default":true,"order":3,
 "description":"Whether every incremental sync gives all rows again with a new updated_at. If not, a sync after a complete one gives no rows."},
"parallelism":{"type":"integer","title":"Parallelism","minimum":1,"default":4,"order":4,
 "description":"How many slices may be made at once. The rows are the same whatever it is."}}})json";
}

Config parse_config(const nlohmann::json& config) {
  Config parsed;
  if (config.is_null()) return parsed;
  if (!config.is_object()) refuse("the configuration is no object");
  read_integer(config, "count", 1, parsed.count);
  read_integer(config, "seed", Config::kRandomSeed, parsed.seed);
  read_integer(config, "records_per_slice", 1, parsed.records_per_slice);
  read_integer(config, "parallelism", 1, parsed.parallelism);
  if (auto found = config.find("always_updated"); found != config.end()) {
    if (!found->is_boolean()) refuse("always_updated is to be true or false");
    parsed.always_updated = found->get<bool>();
  }
  return parsed;
}

}  // namespace wharf::connectors::faker

#include "connectors/source_faker/faker_catalog.h"

namespace wharf::connectors::faker {
namespace {

#define WHARF_TIME \
  R"({"type":"string","format":"date-time","airbyte_type":"timestamp_with_timezone"})"
#define WHARF_TIME_OR_NULL \
  R"({"type":["null","string"],"format":"date-time","airbyte_type":"timestamp_with_timezone"})"
#define WHARF_BEGIN \
  R"({"$schema":"http://json-schema.org/draft-07/schema#","type":"object","properties":{)"

constexpr std::string_view kUsers = WHARF_BEGIN
    R"("id":{"type":"integer"},"created_at":)" WHARF_TIME R"(,"updated_at":)" WHARF_TIME
    R"(,"name":{"type":"string"},"title":{"type":"string"},"age":{"type":"integer"},)"
    R"("email":{"type":"string"},"telephone":{"type":"string"},"gender":{"type":"string"},)"
    R"("language":{"type":"string"},"academic_degree":{"type":"string"},)"
    R"("nationality":{"type":"string"},"occupation":{"type":"string"},)"
    R"("height":{"type":"string"},"blood_type":{"type":"string"},"weight":{"type":"integer"},)"
    R"("address":{"type":"object","properties":{"street_number":{"type":"string"},)"
    R"("street_name":{"type":"string"},"city":{"type":"string"},"state":{"type":"string"},)"
    R"("province":{"type":"string"},"postal_code":{"type":"string"},)"
    R"("country_code":{"type":"string"}}}}})";

constexpr std::string_view kProductsSchema =
    WHARF_BEGIN R"("id":{"type":"integer"},"make":{"type":"string"},"model":{"type":"string"},)"
                R"("year":{"type":"integer"},"price":{"type":"number"},"created_at":)" WHARF_TIME
                R"(,"updated_at":)" WHARF_TIME "}}";

constexpr std::string_view kPurchases = WHARF_BEGIN
    R"("id":{"type":"integer"},"user_id":{"type":"integer"},"product_id":{"type":"integer"},)"
    R"("created_at":)" WHARF_TIME R"(,"updated_at":)" WHARF_TIME
    R"(,"added_to_cart_at":)" WHARF_TIME_OR_NULL R"(,"purchased_at":)" WHARF_TIME_OR_NULL
    R"(,"returned_at":)" WHARF_TIME_OR_NULL "}}";

#undef WHARF_TIME
#undef WHARF_TIME_OR_NULL
#undef WHARF_BEGIN

protocol::Stream stream(std::string_view name, std::string_view schema) {
  protocol::Stream stream;
  stream.descriptor.name = name;
  stream.json_schema = schema;
  stream.supported_sync_modes = {protocol::SyncMode::full_refresh, protocol::SyncMode::incremental};
  stream.source_defined_cursor = true;
  stream.default_cursor_field = {"updated_at"};
  stream.source_defined_primary_key = {{"id"}};
  stream.is_resumable = true;
  return stream;
}

}  // namespace

std::optional<StreamKind> stream_kind(std::string_view name) {
  if (name == "users") return StreamKind::users;
  if (name == "products") return StreamKind::products;
  if (name == "purchases") return StreamKind::purchases;
  return std::nullopt;
}

protocol::Catalog catalog() {
  protocol::Catalog catalog;
  catalog.streams = {stream("users", kUsers), stream("products", kProductsSchema),
                     stream("purchases", kPurchases)};
  return catalog;
}

}  // namespace wharf::connectors::faker

#pragma once

#include <string_view>

namespace wharf::api {

/// All that is answered by HTTP, as an OpenAPI document: `openapi/*.json`, put together by the
/// build. It lies in the program's file and takes no memory until somebody asks for it.
std::string_view openapi_document();

}  // namespace wharf::api

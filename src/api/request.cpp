#include "api/request.h"

#include <array>

namespace wharf::api {
namespace {

constexpr std::array<std::pair<Method, std::string_view>, 7> kMethodNames{{
    {Method::get, "GET"},
    {Method::head, "HEAD"},
    {Method::post, "POST"},
    {Method::put, "PUT"},
    {Method::patch, "PATCH"},
    {Method::del, "DELETE"},
    {Method::options, "OPTIONS"},
}};

}  // namespace

std::string_view name_of(Method method) {
  for (const auto& [value, name] : kMethodNames)
    if (value == method) return name;
  return "OTHER";
}

Method method_named(std::string_view name) {
  for (const auto& [value, text] : kMethodNames)
    if (text == name) return value;
  return Method::other;
}

Response text_response(std::string text, int status) {
  Response response;
  response.status = status;
  response.content_type = "text/plain; charset=utf-8";
  response.body = std::move(text);
  return response;
}

Response json_response(std::string json, int status) {
  Response response;
  response.status = status;
  response.body = std::move(json);
  return response;
}

Response empty_response() {
  Response response;
  response.status = 204;
  response.content_type.clear();
  return response;
}

}  // namespace wharf::api

#include "api/response_head.h"

#include <fmt/format.h>

#include <array>
#include <ctime>

namespace wharf::api {
namespace {

constexpr std::array<std::pair<int, std::string_view>, 22> kReasons{{
    {200, "OK"},
    {204, "No Content"},
    {302, "Found"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {422, "Unprocessable Content"},
    {423, "Locked"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
}};

std::string_view reason_of(int status) {
  for (const auto& [code, reason] : kReasons)
    if (code == status) return reason;
  return "Other";
}

std::string http_date(base::WallTime now) {
  static constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto seconds = static_cast<std::time_t>(base::to_millis(now) / 1000);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT",
                     kDays.at(static_cast<std::size_t>(parts.tm_wday)), parts.tm_mday,
                     kMonths.at(static_cast<std::size_t>(parts.tm_mon)), parts.tm_year + 1900,
                     parts.tm_hour, parts.tm_min, parts.tm_sec);
}

void append_header(std::string& head, std::string_view name, std::string_view value) {
  head.append(name).append(": ");
  // A line break in a value would let it write headers, and answers, of its own.
  for (const char c : value) head += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
  head += "\r\n";
}

constexpr std::string_view kOfEveryAnswer =
    "X-Content-Type-Options: nosniff\r\n"
    "Content-Security-Policy: default-src 'self'; frame-ancestors 'none'\r\n"
    "X-Frame-Options: DENY\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n"
    "Cache-Control: no-store\r\n";

}  // namespace

std::string head_of(const Response& response, Ending ending, bool keep_alive, base::WallTime now) {
  auto head = fmt::format("HTTP/1.1 {} {}\r\nDate: {}\r\n", response.status,
                          reason_of(response.status), http_date(now));
  if (!response.content_type.empty()) append_header(head, "Content-Type", response.content_type);
  if (ending == Ending::chunks)
    append_header(head, "Transfer-Encoding", "chunked");
  else if (ending == Ending::length && response.status != 204)
    append_header(head, "Content-Length", std::to_string(response.body.size()));
  append_header(head, "Connection", keep_alive ? "keep-alive" : "close");
  head += kOfEveryAnswer;
  for (const auto& [name, value] : response.headers) append_header(head, name, value);
  return head.append("\r\n");
}

std::string chunk_of(const std::string& text) {
  if (text.empty()) return {};
  return fmt::format("{:x}\r\n{}\r\n", text.size(), text);
}

}  // namespace wharf::api

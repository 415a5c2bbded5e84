#include "api/response_head.h"

#include <catch2/catch.hpp>

using namespace wharf::api;

namespace {

const wharf::base::WallTime kThen = wharf::base::from_millis(784'111'777'000);

bool has(const std::string& head, const char* line) {
  return head.find(std::string(line) + "\r\n") != std::string::npos;
}

}  // namespace

TEST_CASE("an answer's head says what it is, when, and how long") {
  const auto head = head_of(json_response("{\"a\":1}"), Ending::length, true, kThen);
  CHECK(head.starts_with("HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"));
  CHECK(has(head, "Content-Type: application/json"));
  CHECK(has(head, "Content-Length: 7"));
  CHECK(has(head, "Connection: keep-alive"));
  CHECK(has(head, "X-Content-Type-Options: nosniff"));
  CHECK(head.ends_with("\r\n\r\n"));
}

TEST_CASE("a 204 has neither type nor length") {
  const auto head = head_of(empty_response(), Ending::length, false, kThen);
  CHECK(head.find("\r\nContent-Type") == std::string::npos);
  CHECK(head.find("Content-Length") == std::string::npos);
  CHECK(has(head, "Connection: close"));
}

TEST_CASE("a body in pieces has no length") {
  const auto chunked = head_of(text_response(""), Ending::chunks, true, kThen);
  CHECK(has(chunked, "Transfer-Encoding: chunked"));
  CHECK(chunked.find("Content-Length") == std::string::npos);
  const auto open = head_of(text_response(""), Ending::close, false, kThen);
  CHECK(open.find("Transfer-Encoding") == std::string::npos);
  CHECK(chunk_of("hello") == "5\r\nhello\r\n");
  CHECK(chunk_of(std::string(300, 'x')).starts_with("12c\r\n"));
  CHECK(chunk_of("").empty());
}

TEST_CASE("a value cannot write headers of its own") {
  auto response = empty_response();
  response.headers = {{"Location", "/a\r\nSet-Cookie: x=1\r\n\r\n<html>"}};
  const auto head = head_of(response, Ending::length, true, kThen);
  CHECK(has(head, "Location: /a  Set-Cookie: x=1    <html>"));
}

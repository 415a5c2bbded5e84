#include "api/request_reader.h"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "base/text.h"

namespace wharf::api {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

constexpr std::size_t kHeaderPiece = 4 * 1024;
constexpr std::size_t kBodyPiece = 64 * 1024;

std::string_view plain(beast::string_view text) {
  return {text.data(), text.size()};
}

}  // namespace

struct RequestReader::Parsing {
  Parsing(std::size_t header_limit, std::size_t body_limit)
      : header_bytes(header_limit), body_bytes(body_limit) {
    begin();
  }

  void begin() {
    parser.emplace();
    parser->header_limit(static_cast<std::uint32_t>(header_bytes));
    parser->body_limit(body_bytes);
    parser->eager(true);
    continue_said = false;
  }

  // Some clients end a body with an empty line that is no part of it.
  void skip_empty_lines() {
    while (buffer.size() > 0) {
      const char first = *static_cast<const char*>(buffer.data().data());
      if (first != '\r' && first != '\n') return;
      buffer.consume(1);
    }
  }

  Problem problem_of(const beast::error_code& error) const {
    if (error == http::error::body_limit)
      return payload_too_large("A body may have " + std::to_string(body_bytes) + " bytes at most.");
    if (error == http::error::header_limit) return too_large_header();
    return bad_request("This is no HTTP request: " + error.message() + ".");
  }

  Problem too_large_header() const {
    return header_too_large("The request line and headers may have " +
                            std::to_string(header_bytes) + " bytes at most.");
  }

  std::optional<Problem> header_objection() const {
    const auto& header = parser->get();
    if (header.count(http::field::transfer_encoding) != 0 && !parser->chunked())
      return bad_request("Of all transfer encodings only 'chunked' is read.");
    const auto encoding = base::to_lower(plain(header[http::field::content_encoding]));
    if (!encoding.empty() && encoding != "identity")
      return unsupported_media_type("A body must come uncompressed.");
    return std::nullopt;
  }

  const std::size_t header_bytes;
  const std::size_t body_bytes;
  beast::flat_buffer buffer;
  std::optional<http::request_parser<http::string_body>> parser;
  bool continue_said = false;
};

RequestReader::RequestReader(std::size_t header_bytes, std::size_t body_bytes)
    : parsing_(std::make_unique<Parsing>(header_bytes, body_bytes)) {}

RequestReader::~RequestReader() = default;

std::span<char> RequestReader::space() {
  const auto piece = parsing_->buffer.prepare(header_read() ? kBodyPiece : kHeaderPiece);
  return {static_cast<char*>(piece.data()), piece.size()};
}

void RequestReader::filled(std::size_t count) {
  parsing_->buffer.commit(count);
}

std::optional<Problem> RequestReader::parse() {
  auto& parser = *parsing_->parser;
  auto& buffer = parsing_->buffer;
  if (!parser.got_some()) parsing_->skip_empty_lines();
  while (buffer.size() > 0 && !parser.is_done()) {
    const bool was_header = !parser.is_header_done();
    beast::error_code error;
    buffer.consume(parser.put(buffer.data(), error));
    const bool wants_more = error == http::error::need_more;
    if (error && !wants_more) return parsing_->problem_of(error);
    if (was_header && parser.is_header_done()) {
      if (auto problem = parsing_->header_objection()) return problem;
    }
    if (wants_more) break;
  }
  // A chunk's own header may grow as long as its sender likes.
  if (!parser.is_done() && buffer.size() > parsing_->header_bytes + kBodyPiece)
    return parsing_->too_large_header();
  return std::nullopt;
}

bool RequestReader::begun() const {
  return parsing_->buffer.size() > 0 || parsing_->parser->got_some();
}
bool RequestReader::header_read() const {
  return parsing_->parser->is_header_done();
}
bool RequestReader::complete() const {
  return parsing_->parser->is_done();
}

bool RequestReader::takes_continue() {
  if (parsing_->continue_said || !header_read() || complete()) return false;
  const auto expect = plain(parsing_->parser->get()[http::field::expect]);
  if (base::to_lower(expect) != "100-continue") return false;
  parsing_->continue_said = true;
  return true;
}

bool RequestReader::keep_alive() const {
  return parsing_->parser->keep_alive();
}
bool RequestReader::is_http_1_0() const {
  return header_read() && parsing_->parser->get().version() == 10;
}
std::size_t RequestReader::body_bytes() const {
  return parsing_->parser->get().body().size();
}

Request RequestReader::take() {
  auto message = parsing_->parser->release();
  Request request;
  request.method = method_named(plain(message.method_string()));
  request.target = plain(message.target());
  for (const auto& field : message)
    request.headers.add(plain(field.name_string()), plain(field.value()));
  request.body = std::move(message.body());
  // An idle connection holds no memory for bytes that may never come.
  if (parsing_->buffer.size() == 0) parsing_->buffer = beast::flat_buffer();
  parsing_->begin();
  return request;
}

}  // namespace wharf::api

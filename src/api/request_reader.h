#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>

#include "api/problem.h"
#include "api/request.h"

namespace wharf::api {

/// Bytes → requests, one after the other. Knows no socket: who uses it reads into `space()`.
class RequestReader {
 public:
  RequestReader(std::size_t header_bytes, std::size_t body_bytes);
  ~RequestReader();

  /// Where the next bytes go; valid until the next call of anything else.
  std::span<char> space();
  void filled(std::size_t count);

  /// Reads on in what has come. A problem ends the connection: where a broken request stops and
  /// the next one begins, nobody knows.
  std::optional<Problem> parse();

  bool begun() const;        ///< some bytes of a request are there
  bool header_read() const;  ///< its header is complete
  bool complete() const;
  /// Waits for `100 Continue` before it sends its body. True once per request.
  bool takes_continue();
  bool keep_alive() const;  ///< of the request that is complete
  bool is_http_1_0() const;
  std::size_t body_bytes() const;  ///< of this request's body, so far

  /// The complete request. What has come behind it stays for the next one.
  Request take();

 private:
  struct Parsing;
  std::unique_ptr<Parsing> parsing_;
};

}  // namespace wharf::api

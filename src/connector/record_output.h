#pragma once

#include <wharf/protocol/message.h>
#include <wharf/record/buffer.h>
#include <wharf/record/wire.h>

#include <functional>
#include <string_view>

#include "connector/platform_output.h"

namespace wharf::connector {

/// One reading thread's way out: records and messages gather here and leave in large writes. One
/// thread.
class RecordOutput {
 public:
  using Send = std::function<void(std::string_view)>;

  /// `send` writes all it is given, or throws. In socket mode `platform` gets a copy of every
  /// message; in stdio mode (null) it reads the very bytes that `send` writes.
  RecordOutput(record::WireForm form, PlatformOutput* platform, std::size_t flush_at, Send send)
      : form_(form), platform_(platform), flush_at_(flush_at), send_(std::move(send)) {}

  record::WireForm form() const { return form_; }
  bool is_stdio() const { return platform_ == nullptr; }

  /// Where records are encoded to.
  record::Buffer& buffer() { return buffer_; }
  /// Says a message behind the records that stand in the buffer; the platform's copy goes at once.
  void announce(const protocol::Message& message);
  void flush_if_full() {
    if (buffer_.size() >= flush_at_) flush();
  }
  void flush();

 private:
  record::WireForm form_;
  PlatformOutput* platform_;
  std::size_t flush_at_;
  Send send_;
  record::Buffer buffer_;
};

}  // namespace wharf::connector

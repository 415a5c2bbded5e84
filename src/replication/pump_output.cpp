#include "replication/pump_output.h"

#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace wharf::replication {
namespace {

constexpr std::size_t kPiecesAtOnce = 512;  // below IOV_MAX

}  // namespace

PumpOutput::PumpOutput(const boost::asio::any_io_executor& executor, base::UniqueFd to)
    : to_(executor, std::move(to)) {}

// Lines that stand side by side go out as one.
void PumpOutput::add(Piece piece) {
  if (!pieces_.empty() && pieces_.back().made == piece.made &&
      pieces_.back().begin + pieces_.back().size == piece.begin) {
    pieces_.back().size += piece.size;
  } else {
    pieces_.push_back(piece);
  }
}

boost::asio::awaitable<void> PumpOutput::flush(char* buffer) {
  std::vector<iovec> vectors;
  std::size_t next = 0;
  while (next < pieces_.size() && !destination_gone_) {
    vectors.clear();
    for (std::size_t i = next; i < pieces_.size() && vectors.size() < kPiecesAtOnce; ++i) {
      char* base = pieces_[i].made ? made_.data() : buffer;
      vectors.push_back({base + pieces_[i].begin, pieces_[i].size});
    }
    const auto wrote = ::writev(to_.get(), vectors.data(), static_cast<int>(vectors.size()));
    if (wrote >= 0) {
      next = drop_written(next, static_cast<std::size_t>(wrote));
    } else if (errno == EAGAIN) {
      blocked_ = true;
      destination_gone_ = !co_await to_.writable();
      blocked_ = false;
    } else if (errno != EINTR) {
      destination_gone_ = true;  // it died: its exit says why
    }
  }
  pieces_.clear();
  made_.clear();
}

// The first piece that is still to be written, or a rest of it.
std::size_t PumpOutput::drop_written(std::size_t next, std::size_t bytes) {
  bytes_taken_ += bytes;
  while (bytes > 0) {
    Piece& piece = pieces_[next];
    const std::size_t part = std::min(bytes, piece.size);
    piece.begin += part;
    piece.size -= part;
    bytes -= part;
    if (piece.size == 0) ++next;
  }
  return next;
}

void PumpOutput::abandon() {
  destination_gone_ = true;
  to_.cancel();
}

}  // namespace wharf::replication

#pragma once

#include <wharf/connector/destination.h>
#include <wharf/record/buffer.h>

#include <cstddef>
#include <deque>
#include <string>
#include <vector>

#include "connectors/files/background.h"
#include "connectors/files/output_lock.h"
#include "connectors/files/output_paths.h"
#include "connectors/files/output_stream.h"
#include "connectors/files/position_file.h"

namespace wharf::connectors::files {

/// The files that one connection writes in a directory, and the one position of them all: what a
/// file destination's Writer is, but for the form of its rows. Takes the connection's lock and
/// holds it until destroyed. One thread. What fails throws Failure; after that nothing can be
/// committed.
class OutputDirectory {
 public:
  /// `files`: one name per stream. Makes the directory; recovers what a crash left. Fails by name
  /// with invalid_config (two streams, one file), conflict (another write is at work) or
  /// data_foreign (touched by other hands, or another connection's).
  OutputDirectory(OutputPaths paths, const connector::WriteRequest& request,
                  const std::vector<std::string>& files);

  protocol::Position position() const;

  /// Where rows of that stream are to be appended; valid until the next call. It is written when it
  /// has grown large (by another thread, while the next rows are made), when another stream's turn
  /// comes, and with a commit.
  record::Buffer& buffer(std::size_t stream);

  /// Durable, in this order: rows, position, swaps and joins.
  void commit(const connector::Commit& commit);

 private:
  void add_stream(const connector::WriteStream& stream, const std::string& file);
  void finish_others();
  void forget_moved(const connector::WriteRequest& request, const std::vector<std::string>& files);
  void sweep_stagings();
  OutputStream& begin_writing();
  void write_behind();
  void settle();
  void flush();
  void require_standing() const;
  std::vector<connector::Commit::Stream> covered_by(const connector::Commit& commit) const;
  void cover(const connector::Commit::Stream& said);

  const OutputPaths paths_;
  const std::optional<std::int64_t> job_;
  const std::optional<std::int64_t> attempt_;
  const std::int64_t global_epoch_;
  const std::string connection_;
  OutputLock lock_;
  PositionFile position_file_;
  DirectoryPosition position_;
  const OutputStream::Save save_;
  std::deque<OutputStream> streams_;

  record::Buffer buffer_;
  std::size_t buffered_ = 0;  // whose rows stand in buffer_
  bool whole_ = true;         // false: a write is at work, or has failed

  record::Buffer behind_;  // what the other thread writes: with it, that stream and the position
  Background background_;
};

}  // namespace wharf::connectors::files

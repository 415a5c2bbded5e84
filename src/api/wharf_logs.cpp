#include <memory>
#include <nlohmann/json.hpp>

#include "api/parameters.h"
#include "api/problem.h"
#include "api/wharf_job_id.h"
#include "api/wharf_routes.h"
#include "bookkeeper/log_entry.h"
#include "bookkeeper/log_files.h"
#include "job/job_table.h"

namespace wharf::api {
namespace {

using Json = nlohmann::ordered_json;
using bookkeeper::LogEntry;

constexpr std::size_t kPiece = 64 << 10;
/// Where `tail` begins to look, counted from the end.
constexpr std::uint64_t kTailBytes = 256 << 10;

struct LogWanted {
  base::AttemptId attempt;
  bool begun = false;  ///< there is such an attempt
  std::filesystem::path log;
  std::uint64_t offset = 0;
  std::optional<std::int64_t> tail;
  bool follow = false;
  bool json = false;
  bookkeeper::LogFilter filter;
};

bool has_ended(const Instance& instance, const LogWanted& wanted) {
  if (!wanted.begun) return false;
  return instance.database.read([&](sqlite::Connection& store) {
    const auto attempt = job::job_table::attempt(store, wanted.attempt);
    return !attempt || attempt->status != job::AttemptStatus::running;
  });
}

// One reading of a log, piece by piece.
class LogView {
 public:
  LogView(const Instance& instance, LogWanted wanted)
      : instance_(instance),
        wanted_(std::move(wanted)),
        reader_(wanted_.log, wanted_.offset),
        cursor_(wanted_.offset) {
    if (wanted_.tail) skip_to_tail();
  }

  Piece next() {
    // Asked before it is read: what was written before the end is then read for certain.
    const bool over = !wanted_.follow || ended_ || (ended_ = has_ended(instance_, wanted_));
    const auto text = reader_.read(kPiece);
    std::string shown = render(text.empty() ? entries_.rest() : entries_.take(text));
    if (text.empty()) cursor_ = reader_.offset();
    if (!text.empty()) return {std::move(shown), Piece::Then::more};
    if (!over) return {std::move(shown), Piece::Then::wait};
    return {shown + last_word(), Piece::Then::end};
  }

  std::string farewell() {
    auto shown = render(entries_.rest());
    cursor_ = reader_.offset();
    return shown + last_word();
  }

 private:
  // Read once to the end, so that the tail may begin at any entry.
  void skip_to_tail() {
    const auto end = bookkeeper::log_end(wanted_.log);
    bookkeeper::LogReader reader(wanted_.log, end > kTailBytes ? end - kTailBytes : 0);
    bookkeeper::LogEntries entries;
    std::deque<LogEntry> last;
    const auto keep = [&](std::vector<LogEntry> more) {
      for (auto& entry : more) {
        if (!bookkeeper::passes(entry, wanted_.filter)) continue;
        last.push_back(std::move(entry));
        if (static_cast<std::int64_t>(last.size()) > *wanted_.tail) last.pop_front();
      }
    };
    bool cut = reader.offset() > 0;  // the first line is a part of one
    for (auto text = reader.read(kPiece); !text.empty(); text = reader.read(kPiece)) {
      if (cut) text.erase(0, text.find('\n') + 1);
      cut = false;
      keep(entries.take(text));
    }
    keep(entries.rest());
    for (auto& entry : last) tail_.push_back(std::move(entry));
    reader_ = bookkeeper::LogReader(wanted_.log, reader.offset());
  }

  std::string render(std::vector<LogEntry> entries) {
    std::string text;
    for (const auto& entry : std::exchange(tail_, {})) text += shown(entry);
    for (const auto& entry : entries) {
      if (bookkeeper::passes(entry, wanted_.filter)) text += shown(entry);
    }
    return text;
  }

  std::string shown(const LogEntry& entry) const {
    if (!wanted_.json) return bookkeeper::to_text(entry);
    const Json line{{"timestamp", entry.timestamp},
                    {"level", protocol::name_of(entry.level)},
                    {"logSource", bookkeeper::name_of(entry.source)},
                    {"message", entry.message}};
    return line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  }

  std::string last_word() const {
    if (!wanted_.json) return {};
    Json word{{"cursor", cursor_}};
    if (wanted_.begun) word["attempt"] = wanted_.attempt.number;
    word["ended"] = ended_ || has_ended(instance_, wanted_);
    return word.dump() + "\n";
  }

  const Instance& instance_;
  const LogWanted wanted_;
  bookkeeper::LogReader reader_;
  bookkeeper::LogEntries entries_;
  std::vector<LogEntry> tail_;
  std::uint64_t cursor_;
  bool ended_ = false;
};

bookkeeper::LogFilter log_filter_of(const Request& request) {
  bookkeeper::LogFilter filter;
  if (const auto name = request.query.find("source")) {
    filter.source = bookkeeper::log_source_named(*name);
    if (!filter.source) {
      throw Refused(invalid_value("source is to be platform, source or destination."));
    }
  }
  if (const auto name = request.query.find("level")) {
    std::string upper(*name);
    for (char& c : upper) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    filter.least = bookkeeper::log_level_named(upper);
    if (!filter.least) {
      throw Refused(invalid_value("level is to be fatal, error, warn, info, debug or trace."));
    }
  }
  return filter;
}

// The newest attempt, or the one that is named.
void find_attempt(const Instance& instance, const Request& request, LogWanted& wanted) {
  const auto job = job_id_of(request);
  const auto number = number_of_query(request, "attempt");
  instance.database.read([&](sqlite::Connection& store) {
    if (!job::job_table::get(store, job)) {
      throw Refused(resource_not_found("JOB", std::to_string(job.value)));
    }
    wanted.attempt.job = job;
    for (const auto& attempt : job::job_table::attempts(store, job)) {
      if (number && attempt.id.number != *number) continue;
      wanted.begun = true;
      wanted.attempt = attempt.id;
      wanted.log = attempt.log_path.value_or(
          bookkeeper::log_of(instance.directory.logs(), attempt.id).string());
    }
  });
  if (number && !wanted.begun) {
    throw Refused(resource_not_found("ATTEMPT", std::to_string(*number)));
  }
}

Response show_log(const Instance& instance, const Request& request) {
  LogWanted wanted;
  find_attempt(instance, request, wanted);
  wanted.offset = static_cast<std::uint64_t>(number_of_query(request, "offset").value_or(0));
  wanted.tail = number_of_query(request, "tail");
  wanted.follow = flag_of(request, "follow") && wanted.begun;
  const auto format = request.query.find("format").value_or("text");
  if (format != "text" && format != "json") {
    throw Refused(invalid_value("format is to be text or json."));
  }
  wanted.json = format == "json";
  wanted.filter = log_filter_of(request);
  const bool follows = wanted.follow;
  auto view = std::make_shared<LogView>(instance, std::move(wanted));
  Response response;
  response.content_type = format == "json" ? "application/x-ndjson" : "text/plain; charset=utf-8";
  response.pieces.emplace();
  response.pieces->next = [view] { return view->next(); };
  if (follows) response.pieces->farewell = [view] { return view->farewell(); };
  return response;
}

}  // namespace

void add_log_routes(Router& router, const Instance& instance) {
  router.add(Base::wharf_api, Method::get, "/jobs/{jobId}/log", Access::read,
             [&instance](const Request& request) { return show_log(instance, request); });
}

}  // namespace wharf::api

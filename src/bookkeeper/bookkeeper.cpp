#include "bookkeeper/bookkeeper.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <set>

#include "base/step.h"
#include "bookkeeper/stats_table.h"
#include "checkpoint/checkpoint_table.h"

namespace wharf::bookkeeper {
namespace {

using protocol::StateMessage;
using protocol::StreamDescriptor;

constexpr std::chrono::milliseconds kPublishPeriod{100};  // displays do not look more often

template <class... Fs>
struct Overloaded : Fs... {
  using Fs::operator()...;
};

}  // namespace

/// The books of one attempt. Owned by the bookkeeper's thread.
struct Bookkeeper::Book {
  Book(BookedAttempt booked, std::shared_ptr<Progress> shown)
      : attempt(std::move(booked)),
        progress(std::move(shown)),
        ledger({.strict_counts = attempt.strict_counts, .by_socket = attempt.by_socket}),
        stats(attempt.streams) {
    for (const auto& stream : attempt.complete) stats.completed(stream);
  }

  BookedAttempt attempt;
  std::shared_ptr<Progress> progress;
  StateLedger ledger;
  StreamStats stats;
  std::map<StreamDescriptor, StateMessage> unsaved;  ///< the last confirmed of each feed
  std::int64_t states_unsaved = 0;
  bool dirty = false;  ///< there is something to save
  std::set<StreamDescriptor> confirmed;
  std::optional<Error> failure;
  std::string save_trouble;  ///< why the last save failed; empty: it did not
  std::int64_t states_emitted = 0;
  std::int64_t states_confirmed = 0;
  std::int64_t states_saved = 0;
  std::optional<Close> closing;
  int last_saves = 0;             ///< since it is closing
  base::SteadyTime not_before{};  ///< its last save is not tried again earlier
  bool touched = true;            ///< changed since it was published
  base::SteadyTime published{};
};

Bookkeeper::Bookkeeper(database::Database& database, const base::Clock& clock, base::Log& log)
    : Bookkeeper(database, clock, log, BookkeeperOptions{}) {}

Bookkeeper::Bookkeeper(database::Database& database, const base::Clock& clock, base::Log& log,
                       BookkeeperOptions options)
    : database_(database),
      clock_(clock),
      log_(log),
      options_(std::move(options)),
      queue_(options_.queue_limit),
      thread_([this] { work(); }) {}

Bookkeeper::~Bookkeeper() {
  queue_.close();
  thread_.join();
}

std::shared_ptr<const Progress> Bookkeeper::open(BookedAttempt attempt) {
  AttemptProgress now;
  for (const auto& stream : attempt.streams) now.streams[stream];
  for (const auto& stream : attempt.complete) now.streams[stream].state = RunState::complete;
  auto progress = std::make_shared<Progress>(std::move(now));
  const auto id = attempt.id;
  WHARF_CHECK(queue_.push({id, Open{std::move(attempt), progress}}));
  return progress;
}

bool Bookkeeper::offer(const base::AttemptId& attempt, BookEvent&& event,
                       std::function<void()> when_room) {
  Entry entry{attempt, std::move(event)};
  const auto offered = queue_.offer(std::move(entry), std::move(when_room));
  if (offered == decltype(queue_)::Offer::taken) return true;
  event = std::get<BookEvent>(std::move(entry.what));
  return false;
}

void Bookkeeper::post(const base::AttemptId& attempt, BookEvent event) {
  WHARF_CHECK(queue_.push({attempt, std::move(event)}));
}

void Bookkeeper::close(const base::AttemptId& attempt, Ending ending,
                       std::function<void(BookSummary)> done) {
  WHARF_CHECK(queue_.push({attempt, Close{ending, std::move(done)}}));
}

void Bookkeeper::work() {
  for (;;) {
    auto entries = queue_.take(wake_at());
    for (auto& entry : entries) take(entry);
    const auto now = clock_.steady();
    const bool ending = entries.empty() && queue_.drained();
    if (save_now_ || ending || states_unsaved_ >= options_.save_states ||
        (save_by_ && now >= *save_by_))
      save();
    if (ending) save(true);  // what failed, once more: there is no later
    for (auto& [id, book] : books_)
      if (book->touched && now >= book->published + kPublishPeriod) publish(*book);
    std::erase_if(books_, [&](auto& item) {
      if (!item.second->closing || !(ending || may_end(*item.second))) return false;
      end(*item.second);
      return true;
    });
    if (ending) return;
  }
}

base::SteadyTime Bookkeeper::wake_at() const {
  auto at = save_by_.value_or(base::SteadyTime::max());
  for (const auto& [id, book] : books_)
    if (book->touched) at = std::min(at, book->published + kPublishPeriod);
  return at;
}

void Bookkeeper::take(Entry& entry) {
  if (auto* opened = std::get_if<Open>(&entry.what)) {
    books_[entry.attempt] =
        std::make_unique<Book>(std::move(opened->attempt), std::move(opened->progress));
    return;
  }
  const auto at = books_.find(entry.attempt);
  if (at == books_.end()) {
    // Its books are closed: an event changes nothing any more, but nobody may wait for ever.
    if (auto* closing = std::get_if<Close>(&entry.what)) {
      BookSummary summary;
      summary.failure = Error{ErrorCode::internal, "the attempt's books are not open"};
      closing->done(std::move(summary));
    }
    return;
  }
  auto& book = *at->second;
  book.touched = true;
  if (auto* event = std::get_if<BookEvent>(&entry.what)) {
    take(book, *event);
    return;
  }
  auto& closing = std::get<Close>(entry.what);
  if (!book.failure) {
    auto last = book.ledger.both_ended();
    if (last)
      for (auto& confirmation : *last) record(book, confirmation);
    else
      fail(book, last.error());
  }
  complete_streams(book);
  const auto ending =
      book.failure && closing.ending == Ending::succeeded ? Ending::failed : closing.ending;
  book.stats.ended(ending, [&](const auto& stream) { return book.ledger.all_confirmed(stream); });
  book.closing = std::move(closing);
  book.dirty = true;
  save_now_ = true;
}

void Bookkeeper::take(Book& book, BookEvent& event) {
  std::visit(
      Overloaded{
          [&](StateEmitted& emitted) {
            ++book.states_emitted;
            note_rows(book, emitted);
            if (!book.failure)
              confirm(book, book.ledger.emitted(std::move(emitted.state), std::move(emitted.rows)));
          },
          [&](StateConfirmed& confirmed) {
            if (!book.failure) confirm(book, book.ledger.confirmed(std::move(confirmed.state)));
          },
          [&](const Estimated& estimated) { book.stats.estimated(estimated.estimate); },
          [&](const StatusSaid& said) { note_status(book, said.status); },
          [&](const RowsCounted& counted) {
            book.stats.emitted(counted.stream, counted.emitted);
            book.stats.filtered(counted.stream, counted.filtered);
          },
      },
      event);
  complete_streams(book);
}

void Bookkeeper::confirm(Book& book, Result<std::optional<Confirmation>> outcome) {
  if (!outcome)
    fail(book, outcome.error());
  else if (*outcome)
    record(book, **outcome);
}

void Bookkeeper::record(Book& book, Confirmation& confirmation) {
  for (const auto& rows : confirmation.rows) book.stats.committed(rows.stream, rows.rows);
  for (const auto& rows : confirmation.rows_in_all)
    book.stats.committed_in_all(rows.stream, rows.rows);
  for (const auto& rows : confirmation.rejected_in_all)
    book.stats.rejected_in_all(rows.stream, rows.rows.rows);
  const auto key = stream_of(confirmation.state);
  book.confirmed.insert(key);
  book.unsaved[key] = std::move(confirmation.state);
  ++book.states_confirmed;
  ++book.states_unsaved;
  ++states_unsaved_;
  save_later(book);
}

// A stream is complete when its source said so and its last state is confirmed; with a GLOBAL
// state, when that holds of all streams.
void Bookkeeper::complete_streams(Book& book) {
  const bool global = book.confirmed.contains(StreamDescriptor{});
  const auto& streams = book.stats.streams();
  if (global && !std::all_of(streams.begin(), streams.end(), [](const auto& stream) {
        return stream.second.source_complete || stream.second.state == RunState::complete;
      }))
    return;
  for (const auto& [stream, counts] : streams) {
    if (counts.state == RunState::complete || !counts.source_complete) continue;
    if (!global && !book.confirmed.contains(stream)) continue;
    if (!book.ledger.all_confirmed(stream)) continue;
    book.stats.completed(stream);
    book.dirty = true;
    save_now_ = true;
  }
}

// Over sockets only the source itself counts.
void Bookkeeper::note_rows(Book& book, const StateEmitted& emitted) {
  for (const auto& rows : emitted.rows)
    if (rows.rows.rows > 0) book.stats.moved(rows.stream);
  const auto& state = emitted.state;
  if (state.stream && state.source_stats && state.source_stats->record_count.value_or(0) > 0)
    book.stats.moved(state.stream->descriptor);
}

void Bookkeeper::note_status(Book& book, const protocol::StreamStatusTrace& status) {
  if (auto noted = book.stats.status(status); !noted) {
    fail(book, std::move(noted).error());
  } else if (status.rate_limited) {
    save_later(book);  // it may last for hours without anything else to save
  }
}

void Bookkeeper::fail(Book& book, Error error) {
  if (book.failure) return;
  book.failure = std::move(error);
  if (book.attempt.on_failure) book.attempt.on_failure(*book.failure);
}

void Bookkeeper::save_later(Book& book) {
  book.dirty = true;
  if (!save_by_) save_by_ = clock_.steady() + options_.save_period;
}

void Bookkeeper::save(bool at_any_time) {
  save_now_ = false;
  save_by_.reset();
  states_unsaved_ = 0;
  std::vector<std::pair<Book*, std::future<Result<void>>>> saves;
  const auto now = clock_.wall();
  const auto began = clock_.steady();
  for (auto& [id, book] : books_) {
    if (!book->dirty || (!at_any_time && clock_.steady() < book->not_before)) continue;
    if (book->closing) ++book->last_saves;
    if (options_.before_save && saves.empty()) options_.before_save();
    // The books stay as they are until the writer is done with them: this thread waits.
    saves.emplace_back(
        book.get(), database_.write_async([&attempt = book->attempt, &unsaved = book->unsaved,
                                           &streams = book->stats.streams(),
                                           now](sqlite::Transaction& transaction) -> Result<void> {
          const checkpoint::Written written{attempt.id, now};
          for (const auto& [key, state] : unsaved)
            if (auto stored = checkpoint::checkpoint_table::store(transaction, attempt.connection,
                                                                  state, written);
                !stored)
              return stored.error();
          stats_table::put(transaction, attempt.id, streams, now);
          return {};
        }));
  }
  for (auto& [book, saved] : saves) {
    base::after_step("checkpoint_submitted");
    book->touched = true;
    try {
      if (auto stored = saved.get(); !stored) {
        say_saved(*book, began, false);
        book->dirty = false;
        fail(*book, stored.error());
        continue;
      }
    } catch (const std::exception& error) {
      say_saved(*book, began, false);
      book->save_trouble = error.what();
      log_.error("checkpoint not saved",
                 {{"attempt", base::to_string(book->attempt.id)}, {"error", book->save_trouble}});
      save_later(*book);
      continue;
    }
    say_saved(*book, began, true);
    for (const auto& [key, state] : book->unsaved) {
      book->stats.checkpointed(key, now);
      if (state.global)
        for (const auto& stream : state.global->stream_states)
          book->stats.checkpointed(stream.descriptor, now);
    }
    base::after_step("checkpoint_saved");
    book->states_saved += std::exchange(book->states_unsaved, 0);
    book->unsaved.clear();
    book->save_trouble.clear();
    book->dirty = false;
  }
}

void Bookkeeper::say_saved(const Book& book, base::SteadyTime began, bool good) const {
  if (options_.saved) options_.saved(book.attempt.connection, clock_.steady() - began, good);
}

void Bookkeeper::publish(Book& book) {
  AttemptProgress shown;
  shown.streams = book.stats.streams();
  shown.total = book.stats.total();
  shown.rows_estimated_in_all = book.stats.rows_estimated_in_all();
  shown.states_emitted = book.states_emitted;
  shown.states_confirmed = book.states_confirmed;
  shown.states_saved = book.states_saved;
  shown.checkpoint_at = shown.total.checkpoint_at;
  book.progress->with([&](AttemptProgress& progress) { progress = std::move(shown); });
  book.touched = false;
  book.published = clock_.steady();
}

// The last save of an attempt may fail once: what it would lose is confirmed, and the next attempt
// would have to send it again.
bool Bookkeeper::may_end(Book& book) {
  if (!book.dirty || book.last_saves > 1) return true;
  if (book.not_before == base::SteadyTime{})
    book.not_before = clock_.steady() + options_.last_pause;
  save_by_ = std::min(save_by_.value_or(book.not_before), book.not_before);
  return false;
}

void Bookkeeper::end(Book& book) {
  if (book.dirty && !book.failure)
    book.failure = Error{ErrorCode::environment,
                         "the last checkpoint could not be saved: " + book.save_trouble};
  publish(book);
  BookSummary summary;
  summary.streams = book.stats.streams();
  summary.total = book.stats.total();
  summary.states_saved = book.states_saved;
  summary.states_unconfirmed = book.ledger.unconfirmed();
  summary.warnings = book.ledger.take_warnings();
  summary.failure = std::move(book.failure);
  book.closing->done(std::move(summary));
}

}  // namespace wharf::bookkeeper

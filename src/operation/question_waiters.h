#pragma once

#include "base/guarded.h"

#include <wharf/error.h>
#include <wharf/protocol/message.h>

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace wharf::operation {

/// Those who wait for the answers to questions, by the workload that will bring it: any number for
/// each. Everybody is called once, on the thread of whoever knows. Any thread.
class QuestionWaiters {
 public:
  using Answered = std::function<void(Result<protocol::JsonText>)>;

  using Heard = std::function<void(std::string_view)>;

  /// Waits; called at once, with `cancelled`, if this is closed. `heard`, which may be empty, is
  /// called with each tell() until then.
  void add(std::string_view workload, Answered answered, Heard heard = {});
  bool waits_for(std::string_view workload) const;

  /// How far it is, for those who wait for that workload.
  void tell(std::string_view workload, std::string_view news) const;
  /// Calls those who wait for that workload.
  void answer(std::string_view workload, const Result<protocol::JsonText>& text);

  /// Calls all with `cancelled`: from now on nothing is answered.
  void close();
  bool is_closed() const;

 private:
  struct Waiter {
    Answered answered;
    Heard heard;
  };
  struct State {
    std::multimap<std::string, Waiter, std::less<>> waiting;
    bool closed = false;
  };

  base::Guarded<State> state_;
};

}  // namespace wharf::operation

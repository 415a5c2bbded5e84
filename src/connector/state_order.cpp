#include "connector/state_order.h"

#include <iterator>
#include <utility>

namespace wharf::connector {

std::size_t StateOrder::open() {
  turns_.emplace(next_turn_, Turn{});
  return next_turn_++;
}

void StateOrder::add(std::size_t turn, CutState state) {
  turns_.at(turn).states.push_back(std::move(state));
}

void StateOrder::close(std::size_t turn) {
  turns_.at(turn).closed = true;
}

std::vector<CutState> StateOrder::take_ready() {
  std::vector<CutState> ready;
  while (!turns_.empty()) {
    auto head = turns_.begin();
    auto& states = head->second.states;
    std::move(states.begin(), states.end(), std::back_inserter(ready));
    states.clear();
    if (!head->second.closed) break;
    turns_.erase(head);
  }
  return ready;
}

}  // namespace wharf::connector

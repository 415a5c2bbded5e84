#include "connector/command_line.h"

#include <array>
#include <string_view>

namespace wharf::connector {

namespace {

struct VerbRule {
  std::string_view name;
  Verb verb;
  bool source;
  bool destination;
  bool config;
  bool catalog;
  bool state;
};

constexpr std::array kVerbs{
    VerbRule{"spec", Verb::spec, true, true, false, false, false},
    VerbRule{"check", Verb::check, true, true, true, false, false},
    VerbRule{"discover", Verb::discover, true, false, true, false, false},
    VerbRule{"read", Verb::read, true, false, true, true, true},
    VerbRule{"write", Verb::write, false, true, true, true, false},
    VerbRule{"position", Verb::position, false, true, true, true, false},
};

Error wrong(std::string message) {
  return Error{ErrorCode::invalid_argument, std::move(message)};
}

const VerbRule* rule_of(ConnectorKind kind, std::string_view name) {
  for (const auto& rule : kVerbs) {
    bool fits = kind == ConnectorKind::source ? rule.source : rule.destination;
    if (fits && rule.name == name) return &rule;
  }
  return nullptr;
}

/// `--config F` and `--config=F` alike: the file, and how many words it took.
struct Option {
  std::string_view name;
  std::string value;
  std::size_t words = 0;
};

Result<Option> option_at(std::span<const std::string> words) {
  std::string_view word = words[0];
  auto equals = word.find('=');
  if (equals != std::string_view::npos) {
    return Option{word.substr(0, equals), std::string(word.substr(equals + 1)), 1};
  }
  if (!word.starts_with("--")) return wrong("'" + words[0] + "' is not expected here");
  if (words.size() < 2) return wrong(words[0] + " needs a file");
  return Option{word, words[1], 2};
}

}  // namespace

Result<CommandLine> parse_command_line(ConnectorKind kind, std::span<const std::string> arguments) {
  if (arguments.empty()) return wrong("a verb is needed");
  const VerbRule* rule = rule_of(kind, arguments[0]);
  if (rule == nullptr) return wrong("'" + arguments[0] + "' is no verb of this connector");

  CommandLine line{.verb = rule->verb, .config = {}, .catalog = {}, .state = {}};
  for (auto rest = arguments.subspan(1); !rest.empty();) {
    auto option = option_at(rest);
    if (!option) return option.error();
    if (option->name == "--config" && rule->config) {
      line.config = option->value;
    } else if (option->name == "--catalog" && rule->catalog) {
      line.catalog = option->value;
    } else if (option->name == "--state" && rule->state) {
      line.state = option->value;
    } else {
      return wrong("'" + arguments[0] + "' has no option " + std::string(option->name));
    }
    rest = rest.subspan(option->words);
  }
  if (rule->config && line.config.empty()) return wrong("--config is needed");
  if (rule->catalog && line.catalog.empty()) return wrong("--catalog is needed");
  return line;
}

std::string usage(ConnectorKind kind) {
  return kind == ConnectorKind::source ? "usage: spec\n"
                                         "       check --config FILE\n"
                                         "       discover --config FILE\n"
                                         "       read --config FILE --catalog FILE [--state FILE]\n"
                                       : "usage: spec\n"
                                         "       check --config FILE\n"
                                         "       write --config FILE --catalog FILE\n"
                                         "       position --config FILE --catalog FILE\n";
}

}  // namespace wharf::connector

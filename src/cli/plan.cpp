#include "base/clock.h"
#include "base/uuid.h"
#include "cli/daemon_client.h"
#include "cli/declared_files.h"
#include "cli/exit_code.h"
#include "cli/listing.h"
#include "cli/verbs.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace wharf::cli {
namespace {

using PlanJson = nlohmann::ordered_json;

struct PlanOptions {
  DaemonPlace place;
  std::vector<std::string> paths;
  std::string secrets;
  std::string plan;  // of diff: where to write it; of apply: which one
  bool prune = false;
  bool adopt = false;
};

// ---- what is asked

PlanJson body_of(const PlanOptions& options, const DeclaredFiles& declared) {
  auto files = PlanJson::array();
  for (const auto& file : declared.files) {
    files.push_back({{"path", file.path}, {"text", file.text}});
  }
  PlanJson body{{"files", std::move(files)}, {"directories", declared.directories}};
  if (!options.secrets.empty()) body["secrets"] = read_secrets(options.secrets);
  if (options.prune) body["prune"] = true;
  if (options.adopt) body["adopt"] = true;
  return body;
}

// ---- what is answered

std::string value_text(const PlanJson& field, const char* member) {
  if (!field.contains(member)) return "(none)";
  return printable(field[member].dump(-1, ' ', false, PlanJson::error_handler_t::replace));
}

void show_change(const PlanJson& change) {
  const auto action = change.value("action", "");
  const char* sign = action == "create" ? "+" : action == "delete" ? "-" : "~";
  fmt::print("{} {} '{}'{}\n", sign, change.value("kind", ""), printable(change.value("name", "")),
             change.value("withState", false) ? ", with its state" : "");
  if (action == "delete") return;
  for (const auto& field : change["fields"]) {
    const auto name = printable(field.value("field", ""));
    if (action == "create") {
      if (name == "name" || name == "managed_by") continue;
      fmt::print("    {}: {}\n", name, value_text(field, "to"));
    } else if (field.value("secret", false)) {
      fmt::print("    {}: {} -> {} (a secret: it differs)\n", name, value_text(field, "from"),
                 value_text(field, "to"));
    } else {
      fmt::print("    {}: {} -> {}\n", name, value_text(field, "from"), value_text(field, "to"));
    }
  }
}

std::string counted(const PlanJson& answer, const char* created, const char* changed,
                    const char* deleted) {
  int created_count = 0;
  int changed_count = 0;
  int deleted_count = 0;
  for (const auto& change : answer["changes"]) {
    const auto action = change.value("action", "");
    ++(action == "create" ? created_count : action == "delete" ? deleted_count : changed_count);
  }
  return fmt::format("{} {}, {} {}, {} {}, {} as they were", created_count, created, changed_count,
                     changed, deleted_count, deleted, answer.value("unchanged", 0));
}

void show_answer(const PlanJson& answer, bool is_done) {
  for (const auto& change : answer["changes"]) show_change(change);
  for (const auto& left : answer["left"]) {
    fmt::print("? {} '{}' is no longer declared in {}: it stays; --prune deletes it\n",
               left.value("kind", ""), printable(left.value("name", "")),
               printable(left.value("declaredIn", "")));
  }
  for (const auto& note : answer["notes"]) {
    fmt::print("! {}\n", printable(note.get<std::string>()));
  }
  if (answer["changes"].empty()) {
    fmt::print("Nothing to do: {} stand as they are declared.\n", answer.value("unchanged", 0));
  } else if (is_done) {
    fmt::print("Done: {}.\n", counted(answer, "created", "changed", "deleted"));
  } else {
    fmt::print("To do: {}.\n", counted(answer, "to create", "to change", "to delete"));
  }
}

// ---- a plan in a file

// Where its paths are read again from, and what stood there.
PlanJson plan_of(const PlanOptions& options, const DeclaredFiles& declared, PlanJson answer) {
  auto files = PlanJson::array();
  for (const auto& file : declared.files) {
    files.push_back({{"path", file.path}, {"fingerprint", base::fingerprint(file.text)}});
  }
  auto paths = PlanJson::array();
  for (const auto& path : options.paths) {
    if (path == "-") {
      throw Failure(ErrorCode::invalid_argument,
                    "a plan is of files that can be read again; stdin cannot");
    }
    paths.push_back(std::filesystem::absolute(path).lexically_normal().string());
  }
  PlanJson plan{{"wharfPlan", 1},
                {"madeAt", base::to_iso(base::SystemClock().wall())},
                {"paths", std::move(paths)},
                {"files", std::move(files)},
                {"prune", options.prune},
                {"adopt", options.adopt}};
  if (!options.secrets.empty()) {
    plan["secrets"] = {{"path", std::filesystem::absolute(options.secrets).string()},
                       {"fingerprint", base::fingerprint(text_of_file(options.secrets))}};
  }
  plan["changes"] = std::move(answer["changes"]);
  plan["basis"] = std::move(answer["basis"]);
  return plan;
}

void write_plan(const std::string& path, const PlanJson& plan) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << plan.dump(2, ' ', false, PlanJson::error_handler_t::replace) << '\n';
  out.close();
  if (!out) throw Failure(ErrorCode::environment, path + ": cannot be written");
}

PlanJson read_plan(const std::string& path) {
  auto plan = PlanJson::parse(text_of_file(path), nullptr, false);
  if (!plan.is_object() || plan.value("wharfPlan", 0) != 1 || !plan.contains("files") ||
      !plan.contains("paths") || !plan.contains("basis") || !plan.contains("changes")) {
    throw Failure(ErrorCode::invalid_argument, path + ": is no plan of this version of Wharf");
  }
  return plan;
}

void refuse_plan(const std::string& why) {
  throw Failure(ErrorCode::conflict, fmt::format("the plan no longer holds: {}. Make a new one "
                                                 "with `wharf diff --out`.",
                                                 why));
}

void hold_files_to(const PlanJson& plan, const DeclaredFiles& declared) {
  for (const auto& file : declared.files) {
    bool known = false;
    for (const auto& planned : plan["files"]) {
      if (planned.value("path", "") != file.path) continue;
      known = true;
      if (planned.value("fingerprint", "") != base::fingerprint(file.text)) {
        refuse_plan(file.path + " was changed since");
      }
    }
    if (!known) refuse_plan(file.path + " is new since");
  }
  for (const auto& planned : plan["files"]) {
    const auto path = planned.value("path", "");
    bool is_there = false;
    for (const auto& file : declared.files) is_there = is_there || file.path == path;
    if (!is_there) refuse_plan(path + " is gone since");
  }
}

// Its paths are read again; what it was made of must be there still.
DeclaredFiles take_up(const PlanJson& plan, PlanOptions& options) {
  for (const auto& path : plan["paths"]) options.paths.push_back(path.get<std::string>());
  options.prune = plan.value("prune", false);
  options.adopt = plan.value("adopt", false);
  for (const auto& path : options.paths) {
    std::error_code unseen;
    if (!std::filesystem::exists(path, unseen)) refuse_plan(path + " is gone since");
  }
  auto declared = read_declared(options.paths);
  hold_files_to(plan, declared);
  if (!plan.contains("secrets")) return declared;
  options.secrets = plan["secrets"].value("path", "");
  if (base::fingerprint(text_of_file(options.secrets)) !=
      plan["secrets"].value("fingerprint", "")) {
    refuse_plan(options.secrets + " was changed since");
  }
  return declared;
}

// ---- the verbs

int diff(const PlanOptions& options) {
  const auto declared = read_declared(options.paths);
  const auto daemon = DaemonClient::find(options.place);
  auto answer =
      daemon.send("POST", std::string(kWharfApi) + "/diff", body_of(options, declared).dump());
  if (!options.plan.empty()) write_plan(options.plan, plan_of(options, declared, answer));
  if (options.place.json) {
    show_json(answer);
  } else {
    show_answer(answer, false);
  }
  return answer["changes"].empty() ? kDone : kFailed;
}

int apply(const PlanOptions& given) {
  auto options = given;
  if (options.plan.empty() == options.paths.empty()) {
    throw Failure(ErrorCode::invalid_argument, "name either files or, with --plan, a plan");
  }
  PlanJson plan;
  DeclaredFiles declared;
  if (options.plan.empty()) {
    declared = read_declared(options.paths);
  } else {
    plan = read_plan(options.plan);
    declared = take_up(plan, options);
  }
  auto body = body_of(options, declared);
  if (!plan.is_null()) body["plan"] = {{"basis", plan["basis"]}, {"changes", plan["changes"]}};
  const auto daemon = DaemonClient::find(options.place);
  const auto answer = daemon.send("POST", std::string(kWharfApi) + "/apply", body.dump());
  if (options.place.json) {
    show_json(answer);
  } else {
    show_answer(answer, true);
  }
  return kDone;
}

CLI::App* add_plan_verb(CLI::App& app, Action& action, const char* name, const char* summary,
                        const std::shared_ptr<PlanOptions>& options,
                        int (*run)(const PlanOptions&)) {
  auto* verb = app.add_subcommand(name, summary);
  verb->add_option("paths", options->paths, "files, directories of *.yaml, or - for stdin");
  add_daemon_options(*verb, options->place);
  verb->add_option("--secrets", options->secrets,
                   "a file (0600) that maps names to values: what ${secret:NAME} stands for");
  verb->add_flag("--prune", options->prune,
                 "delete what these files declared before and declare no longer");
  verb->add_flag("--adopt", options->adopt, "take over what was made by REST");
  verb->callback([&action, options, run] { action = [options, run] { return run(*options); }; });
  return verb;
}

}  // namespace

void add_plan(CLI::App& app, Action& action) {
  auto shown = std::make_shared<PlanOptions>();
  auto* diff_verb = add_plan_verb(app, action, "diff", "Show what apply would change", shown, diff);
  diff_verb->get_option("paths")->required();
  diff_verb->add_option("--out", shown->plan, "write a plan for `wharf apply --plan`");
  diff_verb->footer(
      "Asks the daemon, and the connectors where need be; nothing is changed. + is created, ~ "
      "changed,\n- deleted; ? is declared no longer and stays. Of a secret only that it differs "
      "is said.\n\nExamples:\n  wharf diff shop.yaml\n  wharf diff shop/ --prune --out "
      "shop.plan\n\n"
      "Exit codes, as diff's: 0 nothing to do, 1 there are changes, 2 problems in the files, 3 no\n"
      "daemon, or one that cannot.");
  auto done = std::make_shared<PlanOptions>();
  auto* apply_verb = add_plan_verb(
      app, action, "apply", "Make the system what files declare, all or nothing", done, apply);
  apply_verb
      ->add_option("--plan", done->plan,
                   "do what a plan shows, refused if files or system have changed since")
      ->excludes("paths")
      ->excludes("--prune")
      ->excludes("--adopt")
      ->excludes("--secrets");
  apply_verb->footer(
      "Applying twice changes nothing. Ids are made of names, so a rebuilt machine has the same "
      "ones; a\nrename is said with previous_name:. What comes of it is `managed_by: apply`: only "
      "apply changes it.\nWhat the daemon's own files (conf.d) declare is theirs and refused here; "
      "what was made by REST is\ntaken over with --adopt. What is declared no longer stays, unless "
      "--prune deletes it. Whoever may\napply may run programs as the daemon's user.\n\n"
      "${secret:NAME} in a configuration is kept sealed by the daemon: given once with --secrets, "
      "it stays\nuntil it is given anew. The file is YAML:  sources/shop-db/password: hunter2\n\n"
      "Examples:\n  wharf apply shop.yaml\n  wharf apply shop/ --prune\n"
      "  wharf apply --plan shop.plan\n  wharf export --with-state | ssh other wharf apply -\n\n"
      "Exit codes: 0 done or nothing to do, 2 problems in the files, 3 no daemon, a connector "
      "that does\nnot answer, a plan that no longer holds, or a sync that runs.");
}

}  // namespace wharf::cli

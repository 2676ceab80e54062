// Instructions, one function a family. The rules are BuildKit's (Dockerfile reference): the later of ARG and
// ENV wins, values are those from before the instruction, an ENTRYPOINT resets a CMD that came from the base.
// Tested by tests/unit/plan/planner_test.cc and tests/golden/plan.
#include "rootless-builder/plan/stage_state.h"

#include <algorithm>

#include "rootless-builder/dockerfile/chmod.h"
#include "rootless-builder/dockerfile/mount.h"
#include "rootless-builder/dockerfile/ports.h"
#include "rootless-builder/plan/signal_name.h"

namespace guard::builder {

namespace {

// Known without a declaration, for the command only (Dockerfile reference, "Predefined ARGs").
constexpr std::string_view kProxyArgs[] = {"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy",
                                           "FTP_PROXY",  "ftp_proxy",  "NO_PROXY",    "no_proxy",
                                           "ALL_PROXY",  "all_proxy"};

std::string JsonList(const std::vector<std::string>& items) {
  std::string out = "[";
  for (const std::string& item : items) {
    if (out.size() > 1) out += ", ";
    out += '"';
    for (char c : item) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    out += '"';
  }
  return out + "]";
}

std::string Joined(const std::vector<std::string>& items) {
  std::string out;
  for (const std::string& item : items) out += (out.empty() ? "" : " ") + item;
  return out;
}

// Lexical, as Go's path.Clean, of an absolute path.
std::string CleanAbsolute(const std::string& path) {
  std::vector<std::string> parts;
  for (size_t at = 0; at < path.size();) {
    size_t slash = std::min(path.find('/', at), path.size());
    std::string part = path.substr(at, slash - at);
    at = slash + 1;
    if (part.empty() || part == ".") continue;
    if (part != "..")
      parts.push_back(std::move(part));
    else if (!parts.empty())
      parts.pop_back();
  }
  std::string clean;
  for (const std::string& part : parts) clean += "/" + part;
  return clean.empty() ? "/" : clean;
}

}  // namespace

const std::string* Variables::Find(std::string_view name) const {
  for (const auto& [key, value] : items_)
    if (key == name) return &value;
  return nullptr;
}

void Variables::Set(std::string_view name, std::string_view value) {
  for (auto& [key, old] : items_) {
    if (key == name) {
      old = value;
      return;
    }
  }
  items_.emplace_back(name, value);
}

std::vector<std::string> Variables::AsEnv() const {
  std::vector<std::string> env;
  for (const auto& [name, value] : items_) env.push_back(name + "=" + value);
  return env;
}

StageState::StageState(PlannedStage& stage, const PlanWishes& wishes, const Variables& globals,
                       std::set<std::string>& used_args)
    : stage_(stage), wishes_(wishes), globals_(globals), used_args_(used_args) {}

void StageState::TakeEnv() {
  for (const std::string& item : stage_.config.env) {
    size_t equals = item.find('=');
    variables_.Set(item.substr(0, equals), equals == std::string::npos ? "" : item.substr(equals + 1));
  }
}

Step& StageState::AddStep(const Instruction& instruction, std::string created_by) {
  Step step;
  step.title = instruction.text;
  step.created_by = std::move(created_by);
  step.line = instruction.first_line;
  step.no_cache = wishes_.no_cache || wishes_.no_cache_stages.contains(stage_.name) ||
                  wishes_.no_cache_stages.contains(std::to_string(stage_.index));
  stage_.steps.push_back(std::move(step));
  return stage_.steps.back();
}

std::vector<std::string> StageState::WithShell(const CommandLine& command) const {
  if (!command.shell_form) return command.Arguments();
  std::vector<std::string> argv =
      stage_.config.shell.empty() ? std::vector<std::string>{"/bin/sh", "-c"} : stage_.config.shell;
  for (std::string& argument : command.Arguments()) argv.push_back(std::move(argument));
  return argv;
}

std::string StageState::Absolute(const std::string& path, bool keep_slash) const {
  std::string base = stage_.config.working_dir.empty() ? "/" : stage_.config.working_dir;
  std::string clean = CleanAbsolute(path.starts_with('/') ? path : base + "/" + path);
  bool directory = path.ends_with('/') || path == "." || path.ends_with("/.") || path.ends_with("..");
  if (keep_slash && directory && clean != "/") clean += '/';
  return clean;
}

Result<void> StageState::Apply(const Instruction& instruction, const Source& source, char escape,
                               const ResolveSource& resolve) {
  Expander expander{.source = source, .escape = escape, .lookup = [&](std::string_view name) {
                      const std::string* value = variables_.Find(name);
                      return value ? std::optional<std::string_view>(*value) : std::nullopt;
                    }};
  if (const Run* run = instruction.As<Run>()) return ApplyRun(instruction, *run, expander, resolve);
  if (const Copy* copy = instruction.As<Copy>())
    return ApplyCopy(instruction, *copy, false, expander, resolve);
  if (const Add* add = instruction.As<Add>()) return ApplyCopy(instruction, *add, true, expander, resolve);
  if (const Arg* arg = instruction.As<Arg>()) return ApplyArg(instruction, *arg, expander);
  return ApplyConfig(instruction, expander);
}

Result<PlannedMount> StageState::PlanMount(const RawMount& raw, const Expander& expander,
                                           const ResolveSource& resolve) {
  Mount mount = TRY(ResolveMount(raw, expander));
  PlannedMount planned;
  switch (mount.kind) {
    case MountKind::kBind: planned.kind = PlannedMount::Kind::kBind; break;
    case MountKind::kCache: planned.kind = PlannedMount::Kind::kCache; break;
    case MountKind::kTmpfs: planned.kind = PlannedMount::Kind::kTmpfs; break;
    case MountKind::kSecret: planned.kind = PlannedMount::Kind::kSecret; break;
    case MountKind::kSsh: planned.kind = PlannedMount::Kind::kSsh; break;
  }
  planned.has_from = !mount.from.empty();
  if (planned.has_from) {
    auto ref = resolve(mount.from);
    if (!ref) return Fail(expander.source.ErrorAt(raw.word.span, ref.error().message, ref.error().hint));
    planned.from = *ref;
  }
  planned.source = mount.source;
  planned.id = mount.id;
  planned.env = mount.env.value_or("");
  planned.sharing = mount.sharing == CacheSharing::kPrivate  ? PlannedMount::Sharing::kPrivate
                    : mount.sharing == CacheSharing::kLocked ? PlannedMount::Sharing::kLocked
                                                             : PlannedMount::Sharing::kShared;
  planned.read_only = mount.read_only;
  planned.required = mount.required;
  planned.mode = mount.mode, planned.uid = mount.uid, planned.gid = mount.gid;
  planned.size = mount.size;
  if (!mount.target.empty()) planned.target = Absolute(mount.target, false);
  if (planned.kind == PlannedMount::Kind::kSecret) {
    if (planned.id.empty()) planned.id = planned.target.substr(planned.target.rfind('/') + 1);
    if (planned.target.empty() && planned.env.empty()) planned.target = "/run/secrets/" + planned.id;
  }
  if (planned.kind == PlannedMount::Kind::kSsh) {
    if (planned.id.empty()) planned.id = "default";
  }
  if (planned.kind == PlannedMount::Kind::kCache && planned.id.empty()) planned.id = planned.target;
  return planned;
}

Result<void> StageState::ApplyRun(const Instruction& instruction, const Run& run, const Expander& expander,
                                  const ResolveSource& resolve) {
  if (run.security == RunSecurity::kInsecure)
    return Fail(expander.source.ErrorAt(
        instruction.span, "RUN --security=insecure is refused: steps never get privileges here",
        "leave the flag out; what needs more than a sandbox does not belong in an image build"));
  RunStep step;
  RunScript script = ResolveScript(run.command);
  if (script.shell_form) {
    step.argv = stage_.config.shell.empty() ? std::vector<std::string>{"/bin/sh", "-c"} : stage_.config.shell;
  }
  step.argv.insert(step.argv.end(), script.arguments.begin(), script.arguments.end());
  if (script.file_name) {
    step.script_name = *script.file_name;
    step.script = script.file_content;
  }
  if (step.argv.empty()) return Fail(expander.source.ErrorAt(instruction.span, "RUN has no command"));
  for (const RawMount& mount : run.mounts) step.mounts.push_back(TRY(PlanMount(mount, expander, resolve)));
  step.env = variables_.AsEnv();
  for (std::string_view name : kProxyArgs) {
    auto given = wishes_.build_args.find(std::string(name));
    if (given == wishes_.build_args.end()) continue;
    used_args_.insert(given->first);
    if (variables_.Find(name) == nullptr) step.proxy_env.push_back(given->first + "=" + given->second);
  }
  step.user = stage_.config.user;
  step.cwd = stage_.config.working_dir.empty() ? "/" : stage_.config.working_dir;
  step.network = run.network == NetworkFlag::kNone   ? "none"
                 : run.network == NetworkFlag::kHost ? "host"
                                                     : "default";
  std::string args;
  for (const auto& [name, declared] : args_) {
    const std::string* value = variables_.Find(name);
    args += " " + name + "=" + (value ? *value : declared);
  }
  if (!args_.empty()) args = "|" + std::to_string(args_.size()) + args + " ";
  std::string shown =
      step.script_name.empty() ? Joined(step.argv) : "<<" + step.script_name + " # " + step.script;
  AddStep(instruction, "RUN " + args + shown).work = std::move(step);
  return {};
}

Result<void> StageState::ApplyCopy(const Instruction& instruction, const CopySources& copy, bool add,
                                   const Expander& expander, const ResolveSource& resolve) {
  CopyStep step;
  step.add = add;
  std::string shown = add ? "ADD" : "COPY";
  const std::optional<Word>* from = add ? nullptr : &std::get<Copy>(instruction.body).from;
  if (from != nullptr && from->has_value()) {
    auto ref = resolve((*from)->text);
    if (!ref) return Fail(expander.source.ErrorAt((*from)->span, ref.error().message, ref.error().hint));
    step.from = *ref;
    shown += " --from=" + (*from)->text;
  }
  if (copy.chown) step.chown = TRY(expander.Expand(*copy.chown)), shown += " --chown=" + step.chown;
  if (copy.chmod) {
    step.chmod = TRY(expander.Expand(*copy.chmod)), shown += " --chmod=" + step.chmod;
    if (auto mode = FileMode::Parse(step.chmod); !mode)
      return Fail(expander.source.ErrorAt(copy.chmod->span, mode.error().message, mode.error().hint));
  }
  for (const Word& pattern : copy.exclude) {
    step.exclude.push_back(TRY(expander.Expand(pattern)));
    shown += " --exclude=" + step.exclude.back();
  }
  step.link = copy.link, step.parents = copy.parents;
  if (step.link) shown += " --link";
  if (step.parents) shown += " --parents";
  if (add) {
    const Add& adding = std::get<Add>(instruction.body);
    if (adding.checksum)
      step.checksum = TRY(expander.Expand(*adding.checksum)), shown += " --checksum=" + step.checksum;
    step.keep_git_dir = adding.keep_git_dir.value_or(false);
    step.unpack = adding.unpack;
    if (step.keep_git_dir) shown += " --keep-git-dir=true";
    if (step.unpack) shown += std::string(" --unpack=") + (*step.unpack ? "true" : "false");
  }
  for (const Word& path : copy.paths) {
    step.sources.push_back(TRY(expander.Expand(path)));
    if (step.sources.back().empty()) {
      return Fail(expander.source.ErrorAt(path.span, "a source expands to nothing",
                                          "give the variable a value; '.' means the whole context"));
    }
    shown += " " + step.sources.back();
  }
  for (const Heredoc& heredoc : copy.heredocs) {
    step.files.push_back({heredoc.name, TRY(expander.Expand(heredoc))});
    shown += " <<" + heredoc.name;
  }
  std::string destination = TRY(expander.Expand(copy.destination));
  if (destination.empty())
    return Fail(expander.source.ErrorAt(copy.destination.span, "the destination expands to nothing"));
  step.destination = Absolute(destination, true);
  if (step.sources.size() + step.files.size() > 1 && !destination.ends_with('/') &&
      !step.destination.ends_with('/')) {
    return Fail(expander.source.ErrorAt(copy.destination.span, "several sources need a directory to go to",
                                        "end the destination with a slash: " + destination + "/"));
  }
  AddStep(instruction, shown + " " + destination).work = std::move(step);
  return {};
}

Result<void> StageState::ApplyArg(const Instruction& instruction, const Arg& arg, const Expander& expander) {
  std::string shown = "ARG";
  for (const ArgItem& item : arg.items) {
    std::string name = TRY(expander.Expand(item.name));
    std::optional<std::string> value;
    if (item.value) value = TRY(expander.Expand(*item.value));
    auto given = wishes_.build_args.find(name);
    shown += " " + name + (item.value ? "=" + *value : "");
    if (given != wishes_.build_args.end()) {
      value = given->second;
      used_args_.insert(name);
    } else if (!value) {
      if (const std::string* global = globals_.Find(name)) value = *global;
    }
    if (value) variables_.Set(name, *value);
    const std::string* now = variables_.Find(name);
    auto known =
        std::find_if(args_.begin(), args_.end(), [&](const auto& other) { return other.first == name; });
    if (known != args_.end())
      known->second = now ? *now : "";
    else
      args_.emplace_back(name, now ? *now : "");
  }
  AddStep(instruction, shown);
  return {};
}

Result<void> StageState::ApplyConfig(const Instruction& instruction, const Expander& expander) {
  RuntimeConfig& config = stage_.config;
  auto at = [&](const Word& word, const Error& error) {
    return Fail(expander.source.ErrorAt(word.span, error.message, error.hint));
  };
  if (const Env* env = instruction.As<Env>()) {
    std::string shown = "ENV";
    std::vector<std::pair<std::string, std::string>> values;
    for (const KeyValue& item : env->variables) {
      std::string name = TRY(expander.Expand(item.name));
      if (name.empty())
        return Fail(expander.source.ErrorAt(item.name.span, "the variable's name expands to nothing"));
      values.emplace_back(std::move(name), TRY(expander.Expand(item.value)));
      shown += " " + values.back().first + "=" + values.back().second;
    }
    for (const auto& [name, value] : values) {
      variables_.Set(name, value);
      config.SetEnv(name, value);
    }
    AddStep(instruction, shown);
  } else if (const Label* label = instruction.As<Label>()) {
    std::string shown = "LABEL";
    for (const KeyValue& item : label->labels) {
      std::string name = TRY(expander.Expand(item.name));
      if (name.empty())
        return Fail(expander.source.ErrorAt(item.name.span, "the label's name expands to nothing"));
      config.labels[name] = TRY(expander.Expand(item.value));
      shown += " " + name + "=" + config.labels[name];
    }
    AddStep(instruction, shown);
  } else if (const Cmd* cmd = instruction.As<Cmd>()) {
    config.cmd = WithShell(cmd->command);
    config.args_escaped = true;
    cmd_set_ = true;
    AddStep(instruction, "CMD " + JsonList(*config.cmd));
  } else if (const Entrypoint* entrypoint = instruction.As<Entrypoint>()) {
    config.entrypoint = WithShell(entrypoint->command);
    if (!cmd_set_) config.cmd.reset();
    AddStep(instruction, "ENTRYPOINT " + JsonList(*config.entrypoint));
  } else if (const Expose* expose = instruction.As<Expose>()) {
    std::string shown = "EXPOSE";
    for (const Word& word : expose->ports) {
      for (const std::string& port : TRY(expander.ExpandToWords(word))) {
        auto ports = ParsePorts(port);
        if (!ports) return at(word, ports.error());
        config.exposed_ports.insert(ports->begin(), ports->end());
        shown += " " + port;
      }
    }
    AddStep(instruction, shown);
  } else if (const Volume* volume = instruction.As<Volume>()) {
    std::vector<std::string> shown;
    for (const Word& word : volume->paths) {
      shown.push_back(TRY(expander.Expand(word)));
      if (shown.back().empty())
        return Fail(expander.source.ErrorAt(word.span, "the volume's path expands to nothing"));
      config.volumes.insert(shown.back());
    }
    AddStep(instruction, "VOLUME " + JsonList(shown));
  } else if (const User* user = instruction.As<User>()) {
    config.user = TRY(expander.Expand(user->user));
    if (config.user.empty()) return Fail(expander.source.ErrorAt(user->user.span, "USER expands to nothing"));
    AddStep(instruction, "USER " + config.user);
  } else if (const Workdir* workdir = instruction.As<Workdir>()) {
    std::string path = TRY(expander.Expand(workdir->path));
    if (path.empty()) return Fail(expander.source.ErrorAt(workdir->path.span, "WORKDIR expands to nothing"));
    config.working_dir = Absolute(path, false);
    Step& step = AddStep(instruction, "WORKDIR " + config.working_dir);
    if (config.working_dir != "/") step.work = WorkdirStep{config.working_dir, config.user};
  } else if (const Shell* shell = instruction.As<Shell>()) {
    config.shell = shell->arguments;
    AddStep(instruction, "SHELL " + JsonList(config.shell));
  } else if (const HealthcheckInstruction* check = instruction.As<HealthcheckInstruction>()) {
    Healthcheck healthcheck;
    if (check->none) {
      healthcheck.test = {"NONE"};
    } else {
      healthcheck.test = {check->command.shell_form ? "CMD-SHELL" : "CMD"};
      for (std::string& argument : check->command.Arguments())
        healthcheck.test.push_back(std::move(argument));
      healthcheck.interval = check->interval, healthcheck.timeout = check->timeout;
      healthcheck.start_period = check->start_period, healthcheck.start_interval = check->start_interval;
      healthcheck.retries = check->retries;
    }
    config.healthcheck = std::move(healthcheck);
    AddStep(instruction, instruction.text);
  } else if (const Stopsignal* stop = instruction.As<Stopsignal>()) {
    config.stop_signal = TRY(expander.Expand(stop->signal));
    if (!IsSignal(config.stop_signal)) {
      return Fail(
          expander.source.ErrorAt(stop->signal.span, "'" + config.stop_signal + "' is no signal",
                                  "write a name such as SIGTERM or SIGRTMIN+3, or a number of 1 to 64"));
    }
    AddStep(instruction, "STOPSIGNAL " + config.stop_signal);
  } else if (const Maintainer* maintainer = instruction.As<Maintainer>()) {
    stage_.author = maintainer->name;
    AddStep(instruction, "MAINTAINER " + maintainer->name);
  } else if (const Onbuild* onbuild = instruction.As<Onbuild>()) {
    config.on_build.push_back(onbuild->trigger);
    AddStep(instruction, "ONBUILD " + onbuild->trigger);
  } else {
    return Fail(expander.source.ErrorAt(instruction.span,
                                        "the instruction " + instruction.keyword + " is not known here"));
  }
  return {};
}

}  // namespace guard::builder

// Tested by tests/golden/plan.
#include "rootless-builder/plan/print.h"

namespace guard::builder {

namespace {

std::string Quoted(const std::string& text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '\n')
      out += "\\n";
    else if (c == '"' || c == '\\')
      out += '\\', out += c;
    else
      out += c;
  }
  return out + "\"";
}

std::string List(const std::vector<std::string>& items) {
  std::string out;
  for (const std::string& item : items) out += " " + Quoted(item);
  return out;
}

class Printer {
 public:
  explicit Printer(const Plan& plan) : plan_(plan) {}

  std::string Print() {
    Line("target " + plan_.stages[plan_.target].title() + " for " + plan_.platform.ToString());
    for (const BaseImage& image : plan_.images) {
      Line("image " + image.reference + " for " + image.platform.ToString() +
           (image.manifest_digest.empty() ? "" : " " + image.manifest_digest.ToString()));
    }
    for (const PlannedStage& stage : plan_.stages) PrintStage(stage);
    for (const Error& warning : plan_.warnings) Line("warning: " + ToString(warning));
    return std::move(out_);
  }

 private:
  void Line(const std::string& text) { out_ += text + "\n"; }

  std::string Name(const SourceRef& ref) const {
    switch (ref.kind) {
      case SourceRef::Kind::kContext: return "context";
      case SourceRef::Kind::kNamedContext: return "context " + ref.name;
      case SourceRef::Kind::kStage: return "stage " + plan_.stages[ref.stage].title();
      case SourceRef::Kind::kImage: return "image " + plan_.images[ref.image].reference;
    }
    return {};
  }

  void PrintStage(const PlannedStage& stage) {
    std::string base = stage.base == PlannedStage::Base::kScratch ? "scratch"
                       : stage.base == PlannedStage::Base::kImage
                           ? "image " + plan_.images[stage.base_index].reference
                           : "stage " + plan_.stages[stage.base_index].title();
    Line("");
    Line("stage " + stage.title() + " from " + base +
         (stage.platform == plan_.platform ? "" : " for " + stage.platform.ToString()));
    for (const Step& step : stage.steps) {
      Line("  " + step.created_by.substr(0, step.created_by.find('\n')) +
           (step.no_cache ? "  (no cache)" : ""));
      if (const RunStep* run = std::get_if<RunStep>(&step.work)) PrintRun(*run);
      if (const CopyStep* copy = std::get_if<CopyStep>(&step.work)) PrintCopy(*copy);
      if (const WorkdirStep* workdir = std::get_if<WorkdirStep>(&step.work))
        Line("    make " + workdir->path + (workdir->owner.empty() ? "" : " for " + workdir->owner));
    }
    PrintConfig(stage);
  }

  void PrintRun(const RunStep& run) {
    Line("    run" + List(run.argv));
    if (!run.script_name.empty()) Line("    script " + run.script_name + " " + Quoted(run.script));
    if (!run.env.empty()) Line("    env" + List(run.env));
    if (!run.proxy_env.empty()) Line("    proxies " + std::to_string(run.proxy_env.size()));
    Line("    in " + run.cwd + (run.user.empty() ? "" : " as " + run.user) +
         (run.network == "default" ? "" : " network " + run.network));
    for (const PlannedMount& mount : run.mounts) {
      static constexpr const char* kKinds[] = {"bind", "cache", "tmpfs", "secret", "ssh"};
      std::string line = std::string("    mount ") + kKinds[static_cast<int>(mount.kind)];
      if (!mount.target.empty()) line += " at " + mount.target;
      bool reads = mount.kind == PlannedMount::Kind::kBind || mount.has_from;
      if (reads) line += " from " + Name(mount.from);
      if (!mount.source.empty()) line += " path " + mount.source;
      if (!mount.id.empty()) line += " id " + mount.id;
      if (!mount.env.empty()) line += " env " + mount.env;
      if (mount.read_only) line += " read-only";
      if (mount.required) line += " required";
      Line(line);
    }
  }

  void PrintCopy(const CopyStep& copy) {
    if (!copy.sources.empty()) Line("    from " + Name(copy.from) + ":" + List(copy.sources));
    for (const InlineFile& file : copy.files) Line("    file " + file.name + " " + Quoted(file.content));
    std::string line = "    to " + copy.destination;
    if (!copy.chown.empty()) line += " owner " + copy.chown;
    if (!copy.chmod.empty()) line += " mode " + copy.chmod;
    if (copy.link) line += " link";
    if (copy.parents) line += " parents";
    if (!copy.checksum.empty()) line += " checksum " + copy.checksum;
    Line(line);
    if (!copy.exclude.empty()) Line("    without" + List(copy.exclude));
  }

  void PrintConfig(const PlannedStage& stage) {
    const RuntimeConfig& config = stage.config;
    Line("  image");
    if (!stage.author.empty()) Line("    author " + stage.author);
    if (!config.user.empty()) Line("    user " + config.user);
    if (!config.working_dir.empty()) Line("    workdir " + config.working_dir);
    if (!config.env.empty()) Line("    env" + List(config.env));
    if (config.entrypoint) Line("    entrypoint" + List(*config.entrypoint));
    if (config.cmd) Line("    cmd" + List(*config.cmd));
    for (const std::string& port : config.exposed_ports) Line("    port " + port);
    for (const std::string& volume : config.volumes) Line("    volume " + volume);
    for (const auto& [name, value] : config.labels) Line("    label " + name + "=" + Quoted(value));
    if (!config.stop_signal.empty()) Line("    stop " + config.stop_signal);
    if (config.healthcheck) Line("    health" + List(config.healthcheck->test));
    if (!config.shell.empty()) Line("    shell" + List(config.shell));
    for (const std::string& trigger : config.on_build) Line("    onbuild " + Quoted(trigger));
  }

  const Plan& plan_;
  std::string out_;
};

}  // namespace

std::string Print(const Plan& plan) { return Printer(plan).Print(); }

}  // namespace guard::builder

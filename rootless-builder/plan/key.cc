// Tested by tests/unit/plan/planner_test.cc.
#include "rootless-builder/plan/key.h"

namespace guard::builder {

namespace {

// Changes whenever a step with the same text would give another result than before.
constexpr std::string_view kVersion = "rootless-builder step 1";

class Text {
 public:
  void Field(std::string_view name, std::string_view value) {
    out_ += name;
    out_ += ' ';
    out_ += std::to_string(value.size());
    out_ += ':';
    out_ += value;
    out_ += '\n';
  }
  void Flag(std::string_view name, bool value) { Field(name, value ? "1" : "0"); }
  void List(std::string_view name, const std::vector<std::string>& items) {
    Field(name, std::to_string(items.size()));
    for (const std::string& item : items) Field("-", item);
  }
  std::string Take() { return std::move(out_); }

 private:
  std::string out_;
};

void PutMount(Text& text, const PlannedMount& mount) {
  text.Field("mount", std::to_string(static_cast<int>(mount.kind)));
  text.Field("target", mount.target);
  text.Field("source", mount.source);
  text.Flag("read-only", mount.read_only);
  text.Field("id", mount.id);
  text.Field("env", mount.env);
  text.Field("mode", mount.mode ? std::to_string(*mount.mode) : "");
  text.Field("uid", mount.uid ? std::to_string(*mount.uid) : "");
  text.Field("gid", mount.gid ? std::to_string(*mount.gid) : "");
  text.Field("size", std::to_string(mount.size));
}

}  // namespace

std::string KeyText(const Step& step) {
  Text text;
  text.Field("version", kVersion);
  if (const RunStep* run = std::get_if<RunStep>(&step.work)) {
    text.Field("do", "run");
    text.List("argv", run->argv);
    text.Field("script", run->script);
    text.Field("script-name", run->script_name);
    text.List("env", run->env);
    text.Field("user", run->user);
    text.Field("cwd", run->cwd);
    text.Field("network", run->network);
    for (const PlannedMount& mount : run->mounts) PutMount(text, mount);
  } else if (const CopyStep* copy = std::get_if<CopyStep>(&step.work)) {
    text.Field("do", copy->add ? "add" : "copy");
    text.List("sources", copy->sources);
    for (const InlineFile& file : copy->files) text.Field(file.name, file.content);
    text.Field("destination", copy->destination);
    text.Field("chown", copy->chown);
    text.Field("chmod", copy->chmod);
    text.List("exclude", copy->exclude);
    text.Flag("link", copy->link);
    text.Flag("parents", copy->parents);
    text.Flag("keep-git-dir", copy->keep_git_dir);
    text.Field("unpack", copy->unpack ? (*copy->unpack ? "1" : "0") : "");
    text.Field("checksum", copy->checksum);
  } else if (const WorkdirStep* workdir = std::get_if<WorkdirStep>(&step.work)) {
    text.Field("do", "workdir");
    text.Field("path", workdir->path);
    text.Field("owner", workdir->owner);
  }
  return text.Take();
}

Digest StepKey(const Digest& parent, const std::string& text, const std::vector<Digest>& content) {
  Text all;
  all.Field("parent", parent.ToString());
  all.Field("step", text);
  for (const Digest& digest : content) all.Field("content", digest.ToString());
  return Digest::Of(all.Take());
}

Digest BaseKey(const std::vector<Digest>& diff_ids, const Platform& platform) {
  Text text;
  text.Field("version", kVersion);
  text.Field("platform", platform.ToString());
  for (const Digest& digest : diff_ids) text.Field("layer", digest.ToString());
  return Digest::Of(text.Take());
}

}  // namespace guard::builder

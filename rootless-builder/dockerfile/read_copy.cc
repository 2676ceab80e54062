// COPY and ADD. Tested by tests/unit/dockerfile/parse_test.cc.
#include "rootless-builder/dockerfile/chmod.h"
#include "rootless-builder/dockerfile/flags.h"
#include "rootless-builder/dockerfile/read.h"

namespace guard::builder {

namespace {

Result<void> ReadSources(const Line& line, const Flags& flags, CopySources& to) {
  const DockerfileInstruction& tree = line.tree;
  if (tree.words.size() < 2) {
    return line.Refuse(tree.words.empty() ? line.end() : tree.words[0].span,
                       tree.name + " needs at least one source, and a destination",
                       "write " + tree.name + " source destination");
  }
  bool may_be_heredocs = tree.form != DockerfileForm::kJson;
  to.destination = tree.words.back();
  if (may_be_heredocs && ParseHeredocWord(to.destination.text))
    return line.Refuse(to.destination.span, "a heredoc cannot be a destination");
  for (size_t i = 0; i + 1 < tree.words.size(); ++i) {
    const Word& word = tree.words[i];
    std::optional<Heredoc> opening = may_be_heredocs ? ParseHeredocWord(word.text) : std::nullopt;
    if (!opening) {
      if (may_be_heredocs && word.text.starts_with("<<"))
        return line.Refuse(word.span, "this is no heredoc",
                           "write <<NAME without spaces, and close its quotes");
      to.paths.push_back(word);
      continue;
    }
    if (to.heredocs.size() == line.heredocs.size())
      return line.Refuse(word.span, "this heredoc has no content", "close the quotes in this line");
    to.heredocs.push_back(line.heredocs[to.heredocs.size()]);
  }
  if (to.heredocs.size() != line.heredocs.size()) {
    return line.Refuse(tree.arguments.span, "there is a heredoc here that is no source of " + tree.name,
                       "write <<NAME without spaces, and before the destination");
  }
  to.chown = flags.String("chown");
  to.chmod = flags.String("chmod");
  if (to.chmod && IsFinal(to.chmod->text)) {
    if (Result<FileMode> mode = FileMode::Parse(to.chmod->text); !mode)
      return line.Refuse(to.chmod->span, mode.error().message, mode.error().hint);
  }
  to.link = flags.Bool("link").value_or(false);
  to.parents = flags.Bool("parents").value_or(false);
  to.exclude = flags.Strings("exclude");
  return {};
}

}  // namespace

Result<Copy> ReadCopy(const Line& line) {
  Flags flags = TRY(Flags::Read(line.source, line.tree,
                                {{"from", FlagKind::kString},
                                 {"chown", FlagKind::kString},
                                 {"chmod", FlagKind::kString},
                                 {"link", FlagKind::kBool},
                                 {"parents", FlagKind::kBool},
                                 {"exclude", FlagKind::kStrings}}));
  Copy copy;
  TRY_VOID(ReadSources(line, flags, copy));
  copy.from = flags.String("from");
  if (copy.from && copy.from->text.find('$') != std::string::npos) {
    return line.Refuse(
        copy.from->span, "variables cannot be used in COPY --from",
        "give the image a name with FROM " + copy.from->text.substr(0, 60) + " AS name, and copy from that");
  }
  if (copy.from && !copy.heredocs.empty())
    return line.Refuse(copy.from->span, "a heredoc is not copied from anywhere", "leave out --from");
  return copy;
}

Result<Add> ReadAdd(const Line& line) {
  Flags flags = TRY(Flags::Read(line.source, line.tree,
                                {{"chown", FlagKind::kString},
                                 {"chmod", FlagKind::kString},
                                 {"link", FlagKind::kBool},
                                 {"exclude", FlagKind::kStrings},
                                 {"checksum", FlagKind::kString},
                                 {"keep-git-dir", FlagKind::kBool},
                                 {"unpack", FlagKind::kBool}}));
  Add add;
  TRY_VOID(ReadSources(line, flags, add));
  add.checksum = flags.String("checksum");
  if (add.checksum && (add.paths.size() != 1 || !add.heredocs.empty()))
    return line.Refuse(add.checksum->span, "--checksum is for exactly one source",
                       "write one ADD for each source");
  add.keep_git_dir = flags.Bool("keep-git-dir");
  add.unpack = flags.Bool("unpack");
  return add;
}

}  // namespace guard::builder

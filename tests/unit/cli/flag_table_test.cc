#include "rootless-builder/cli/flag_table.h"

#include <gtest/gtest.h>

namespace guard::builder {
namespace {

struct Demo {
  FlagTable table{"demo build", "[FLAGS] PATH"};
  bool quiet = false, push = true;
  std::string file, pull = "unset";
  std::vector<std::string> tags;

  Demo() {
    table.Bool("quiet,q", "Say little", quiet);
    table.Bool("push,p", "Push", push);
    table.Text("file,f", "FILE", "The Dockerfile", file);
    table.List("tag,t", "NAME", "Names", tags);
    table.Maybe("pull", "WHEN", "always", "When to pull", [this](const std::string& value) -> Result<void> {
      pull = value;
      return {};
    });
    table.NoEffect("rm", "", "nothing is left behind");
    table.Refuse("memory,m", "SIZE", "limit the pod's memory");
    table.Refuse("stdin", "", "steps read nothing");
    table.Only("isolation", "KIND", {"", "default"}, "steps are isolated as the place allows");
    table.Alias("dockerFile", "file");
  }

  // What was read, or the error and its hint.
  std::string Read(const std::vector<std::string>& arguments) {
    auto parsed = table.Parse(arguments);
    if (!parsed) return "error: " + parsed.error().message + " | " + parsed.error().hint;
    if (parsed->help) return "help";
    std::string out = "file=" + file;
    if (quiet) out += " quiet";
    if (!push) out += " nopush";
    if (pull != "unset") out += " pull=" + pull;
    for (const std::string& tag : tags) out += " tag=" + tag;
    for (const std::string& word : parsed->words) out += " [" + word + "]";
    return out;
  }
};

TEST(FlagTable, ReadsAsPflagDoes) {
  struct Case {
    std::vector<std::string> arguments;
    const char* expected;
  };
  const Case cases[] = {
      {{}, "file="},
      {{"."}, "file= [.]"},
      {{"-f", "x", "."}, "file=x [.]"},
      {{"-fx", "."}, "file=x [.]"},
      {{"-f=x"}, "file=x"},
      {{"--file", "x"}, "file=x"},
      {{"--file=x=y"}, "file=x=y"},
      {{"--file="}, "file="},
      {{"--file", "-"}, "file=-"},
      {{"--file", "--quiet"}, "file=--quiet"},
      {{".", "-q"}, "file= quiet [.]"},
      {{"-q=false", "-q=true"}, "file= quiet"},
      {{"--push=false"}, "file= nopush"},
      {{"--push=0"}, "file= nopush"},
      {{"--push", "false"}, "file= [false]"},
      {{"-qt", "a", "-tb", "-t=c"}, "file= quiet tag=a tag=b tag=c"},
      {{"-qp=false"}, "file= quiet nopush"},
      {{"--pull", "."}, "file= pull=always [.]"},
      {{"--pull=never"}, "file= pull=never"},
      {{"--", "-q", "--x"}, "file= [-q] [--x]"},
      {{"-"}, "file= [-]"},
      {{"--rm", "--rm=false"}, "file="},
      {{"--stdin=false"}, "file="},
      {{"--isolation=default"}, "file="},
      {{"--dockerFile", "x"}, "file=x"},
      {{"-h"}, "help"},
      {{"--nope", "--help"},
       "error: demo build: unknown flag --nope | demo build --help lists the flags that there are"},
      {{"--help", "--nope"}, "help"},
      {{"--fil=x"}, "error: demo build: unknown flag --fil | did you mean --file?"},
      {{"-x"}, "error: demo build: unknown flag -x | demo build --help lists the flags that there are"},
      {{"-file=x"}, "file=ile=x"},
      {{"-quiet"}, "error: demo build: unknown flag -quiet | did you mean --quiet?"},
      {{"--file"}, "error: demo build: --file has no value | write --file FILE"},
      {{"-qf"}, "error: demo build: -f has no value | write -f FILE"},
      {{"--quiet=maybe"}, "error: demo build: --quiet: 'maybe' is neither true nor false | "},
      {{"--rm=maybe"}, "error: demo build: --rm: 'maybe' is neither true nor false | "},
      {{"-m", "1g"}, "error: demo build: --memory cannot be honoured here | limit the pod's memory"},
      {{"--stdin"}, "error: demo build: --stdin cannot be honoured here | steps read nothing"},
      {{"--isolation=hyperv"},
       "error: demo build: --isolation=hyperv cannot be honoured here | steps are isolated as the place "
       "allows"},
      {{"---"}, "error: demo build: unknown flag --- | demo build --help lists the flags that there are"},
      {{"--=x"}, "error: demo build: unknown flag -- | demo build --help lists the flags that there are"},
  };
  for (const Case& one : cases) {
    std::string shown;
    for (const std::string& argument : one.arguments) shown += argument + " ";
    EXPECT_EQ(Demo().Read(one.arguments), one.expected) << shown;
  }
}

TEST(FlagTable, CommandsThatRunOthersStopAtTheFirstWord) {
  Demo demo;
  demo.table.StopAtFirstWord();
  EXPECT_EQ(demo.Read({"-q", "name", "--", "ls", "-l"}), "file= quiet [name] [--] [ls] [-l]");
}

TEST(FlagTable, HelpHasThreeParts) {
  Demo demo;
  EXPECT_EQ(demo.table.Help(),
            "Usage: demo build [FLAGS] PATH\n"
            "\nFlags:\n"
            "  -q, --quiet                       Say little\n"
            "  -p, --push                        Push\n"
            "  -f, --file FILE                   The Dockerfile\n"
            "  -t, --tag NAME                    Names\n"
            "      --pull[=WHEN]                 When to pull\n"
            "\nTaken without effect:\n"
            "      --rm                          nothing is left behind\n"
            "\nRefused:\n"
            "  -m, --memory SIZE                 limit the pod's memory\n"
            "      --stdin                       steps read nothing\n"
            "      --isolation KIND              steps are isolated as the place allows\n");
}

}  // namespace
}  // namespace guard::builder

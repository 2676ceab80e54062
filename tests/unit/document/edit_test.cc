#include "policies/document/edit.h"

#include <gtest/gtest.h>

#include <functional>

#include "policies/base/arena.h"

namespace guard {
namespace {

// A script of changes: "- path" removes, "= path JSON" replaces or sets, "+ path key JSON" inserts, "* path
// JSON" appends.
Result<void> RunScript(std::string_view script, const Node& root, Arena& arena, Edit& edit) {
  while (!script.empty()) {
    std::string_view line = script.substr(0, script.find('\n'));
    script.remove_prefix(std::min(line.size() + 1, script.size()));
    auto word = [&] {
      std::string_view taken = line.substr(0, line.find(' '));
      line.remove_prefix(std::min(taken.size() + 1, line.size()));
      return taken;
    };
    std::string_view verb = word(), path = word();
    bool found = false;
    const Node* node = Walk(root, path, &found);
    if (verb == "-") {
      EXPECT_TRUE(found) << path;
      TRY_VOID(edit.Remove(*node));
    } else if (verb == "=") {
      Node value = TRY(ReadJsonValues(line, arena));
      TRY_VOID(edit.Set(root, path, value));
    } else if (verb == "+") {
      std::string_view key = word();
      EXPECT_TRUE(found) << path;
      Node value = TRY(ReadJsonValues(line, arena));
      TRY_VOID(edit.Insert(*node, key, value));
    } else {
      EXPECT_TRUE(found) << path;
      Node value = TRY(ReadJsonValues(line, arena));
      TRY_VOID(edit.Append(*node, value));
    }
  }
  return {};
}

struct Case {
  const char* name;
  const char* before;
  const char* script;
  const char* after;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

const Case kCases[] = {
    // Removing from block maps.
    {"middle", "a: 1\nb: 2 # two\nc: 3\n", "- b", "a: 1\nc: 3\n"},
    {"first", "a: 1\nb: 2\n", "- a", "b: 2\n"},
    {"last_without_newline", "a: 1\nb: 2", "- b", "a: 1"},
    {"several", "a: 1\nb: 2\nc: 3\nd: 4\n", "- b\n- c", "a: 1\nd: 4\n"},
    {"all_at_the_end_without_newline", "x: 1\na:\n  b: 2\n  c: 3", "- a.b\n- a.c", "x: 1"},
    {"comments_around_stay", "# top\na: 1\n# about b\nb: 2\n# about c\nc: 3\n", "- b",
     "# top\na: 1\n# about b\n# about c\nc: 3\n"},
    {"nested", "spec:\n  hostPID: true\n  containers:\n  - name: a\n", "- spec.hostPID",
     "spec:\n  containers:\n  - name: a\n"},
    {"with_a_tree", "a:\n  b:\n    - 1\n    - {c: 2}\n  # deep\nd: 4\n", "- a.b", "  # deep\nd: 4\n"},
    {"literal", "a: |\n  x\n  y\n\nb: 1\n", "- a", "\nb: 1\n"},
    {"first_behind_a_dash", "- a: 1  # one\n  b: 2\n", "- [0].a", "- b: 2\n"},
    {"first_two_behind_a_dash", "- a: 1\n  b: 2\n  c: 3\n", "- [0].a\n- [0].b", "- c: 3\n"},
    {"comment_behind_a_dash", "- a: 1\n  # about b\n  b: 2\n", "- [0].a", "- # about b\n  b: 2\n"},
    {"only_one_behind_a_dash", "x:\n- a: 1  # one\n- 2\n", "- x[0].a", "x:\n- {}  # one\n- 2\n"},
    {"crlf", "a: 1\r\nb: 2 # two\r\nc: 3\r\n", "- b", "a: 1\r\nc: 3\r\n"},
    {"behind_other_alphabets", "ä: \"日本\" # é\nb: 2\nc: 3\n", "- b", "ä: \"日本\" # é\nc: 3\n"},
    {"byte_order_mark",
     "\xEF\xBB\xBF"
     "a: 1\nb: 2\n",
     "- a",
     "\xEF\xBB\xBF"
     "b: 2\n"},
    {"other_documents", "a: 1\nb: 2\n---\nc: 3\n", "- b", "a: 1\n---\nc: 3\n"},
    // Removing from block lists.
    {"item", "x:\n- a # A\n- b # B\n- c\n", "- x[1]", "x:\n- a # A\n- c\n"},
    {"item_of_maps", "v:\n  - name: sock\n    hostPath: {path: /x}\n  # keep\n  - name: b\n", "- v[0]",
     "v:\n  # keep\n  - name: b\n"},
    {"last_item", "x:\n- a\n- b\ny: 1\n", "- x[1]", "x:\n- a\ny: 1\n"},
    {"all_items", "x:\n- a\n- b\ny: 1\n", "- x[0]\n- x[1]", "y: 1\n"},
    {"all_items_upwards", "c:\n  s:\n    d:\n    - a\ny: 1\n", "- c.s.d[0]", "y: 1\n"},
    {"all_items_in_a_list", "x:\n- - a\n- b\n", "- x[0][0]", "x:\n- []\n- b\n"},
    {"nested_first", "- - a\n  - b\n- c\n", "- [0][0]", "- - b\n- c\n"},
    {"whole_document", "x:\n- a\n", "- x[0]", "{}\n"},
    // Removing from flow collections and JSON.
    {"flow_first", "x: {a: 1, b: 2, c: 3} # c\n", "- x.a", "x: {b: 2, c: 3} # c\n"},
    {"flow_middle", "x: {a: 1, b: 2, c: 3}\n", "- x.b", "x: {a: 1, c: 3}\n"},
    {"flow_last", "x: {a: 1, b: 2, c: 3}\n", "- x.c", "x: {a: 1, b: 2}\n"},
    {"flow_two_last", "x: [1, 2,  3]\n", "- x[1]\n- x[2]", "x: [1]\n"},
    {"flow_trailing_comma", "x: [1, 2,]\n", "- x[1]", "x: [1,]\n"},
    {"flow_all", "x: [1, 2]\ny: 1\n", "- x[0]\n- x[1]", "y: 1\n"},
    {"flow_inner", "x: {a: {b: 1}, c: 2}", "- x.a.b", "x: {c: 2}"},
    {"flow_comment", "x: [\n  1, # one\n  2, # two\n]\n", "- x[1]", "x: [\n  1, # one\n]\n"},
    {"json_first", "{\n  \"a\": 1,\n  \"b\": 2\n}\n", "- a", "{\n  \"b\": 2\n}\n"},
    {"json_last", "{\n  \"a\": 1,\n  \"b\": 2\n}\n", "- b", "{\n  \"a\": 1\n}\n"},
    {"json_tight", "{\"a\":[1,2],\"b\":2}", "- a[0]\n- b", "{\"a\":[2]}"},
    {"json_tabs", "{\n\t\"a\": 1,\n\t\"b\": [\n\t\t1\n\t]\n}", "- b[0]", "{\n\t\"a\": 1\n}"},
    // Setting and adding.
    {"replace", "a: true # why\nb: 1\n", "= a false", "a: false # why\nb: 1\n"},
    {"replace_keeps_quotes", "a: 'x'\nb: \"y\"\nc: z\n", "= a \"it's\"\n= b \"u\"\n= c \"on\"",
     "a: 'it''s'\nb: \"u\"\nc: \"on\"\n"},
    {"replace_absent", "a:\nb: 1\n", "= a 1", "a: 1\nb: 1\n"},
    {"replace_absent_before_comment", "a: # c\nb: 1\n", "= a 1", "a: 1 # c\nb: 1\n"},
    {"replace_absent_item", "-\n- 2\n", "= [0] 1", "- 1\n- 2\n"},
    {"replace_tagged", "a: !!str 1 # c\n", "= a true", "a: true # c\n"},
    {"replace_tree", "a:\n  b: 1\n  c: 2\nd: 3\n", "= a 1", "a: 1\nd: 3\n"},
    {"replace_tree_behind_comment", "a: # c\n  b: 1\nd: 3\n", "= a 1", "a: # c\n  1\nd: 3\n"},
    {"replace_by_tree", "a: 1\nb: 2\n", "= a {\"x\": {\"w\": [1, \"2\"]}}",
     "a:\n  x:\n    w:\n      - 1\n      - \"2\"\nb: 2\n"},
    {"replace_by_tree_before_comment", "a: 1 # c\n", "= a {\"x\": [1]}", "a: {x: [1]} # c\n"},
    {"replace_item_by_tree", "x:\n- 1\n- 2\n", "= x[0] {\"a\": 1, \"b\": {\"c\": null}}",
     "x:\n- a: 1\n  b:\n    c: null\n- 2\n"},
    {"replace_literal", "a: |\n  x\n  y\nb: 1\n", "= a \"one\\ntwo\"", "a: \"one\\ntwo\"\nb: 1\n"},
    {"replace_in_flow", "x: [a, 'b', {c: d}]", "= x[0] 5\n= x[1] \"q\"\n= x[2].c {\"e\": \"f, g\"}",
     "x: [5, 'q', {c: {e: \"f, g\"}}]"},
    {"replace_flow_key_without_value", "x: {a, b}", "= x.a 1", "x: {a: 1, b}"},
    {"replace_json_tight", "{\"a\":1}", "= a \"x\"", "{\"a\":\"x\"}"},
    {"insert", "a:\n    b: 1 # one\n\n# end\nc: 2\n", "+ a d \"x\"",
     "a:\n    b: 1 # one\n    d: x\n\n# end\nc: 2\n"},
    {"insert_without_newline", "a: 1", "+ . b 2", "a: 1\nb: 2"},
    {"insert_crlf", "a: 1\r\nb:\r\n  c: 1\r\n", "+ b d {\"e\": 1}",
     "a: 1\r\nb:\r\n  c: 1\r\n  d:\r\n    e: 1\r\n"},
    {"insert_behind_a_dash", "- a: 1\n- b: 2\n", "+ [0] c true", "- a: 1\n  c: true\n- b: 2\n"},
    {"insert_absent", "a:\nb: 1\n", "+ a x 1\n+ a z 2", "a:\n  x: 1\n  z: 2\nb: 1\n"},
    {"insert_absent_before_comment", "a: # c\nb: 1\n", "+ a x 1", "a: {x: 1} # c\nb: 1\n"},
    {"insert_null", "a: null\n", "+ a x 1", "a:\n  x: 1\n"},
    {"insert_empty_flow", "a: {}\nb: { }\n", "+ a x 1\n+ b z \"a: b\"", "a: {x: 1}\nb: {z: \"a: b\"}\n"},
    {"insert_flow", "a: {b: 1} # c\n", "+ a x [1]", "a: {b: 1, x: [1]} # c\n"},
    {"insert_behind_literal", "a:\n  b: |\n    x\n\nc: 1\n", "+ a d 2",
     "a:\n  b: |\n    x\n  d: 2\n\nc: 1\n"},
    {"insert_behind_keeping_literal", "a:\n  b: |+\n    x\n\nc: 1\n", "+ a d 2",
     "a:\n  b: |+\n    x\n\n  d: 2\nc: 1\n"},
    {"insert_deep_and_outer", "a:\n  b:\n    c: 1\n", "+ a.b d 2\n+ a e 3\n+ . f 4",
     "a:\n  b:\n    c: 1\n    d: 2\n  e: 3\nf: 4\n"},
    {"insert_json", "{\n  \"a\": 1\n}\n", "+ . b {\"c\": [true]}",
     "{\n  \"a\": 1,\n  \"b\": {\n    \"c\": [\n      true\n    ]\n  }\n}\n"},
    {"insert_json_empty", "{\n  \"a\": {}\n}\n", "+ a b 1", "{\n  \"a\": {\n    \"b\": 1\n  }\n}\n"},
    {"insert_json_tight", "{\"a\":{\"x\":1}}", "+ a b \"yes\"", "{\"a\":{\"x\":1,\"b\":\"yes\"}}"},
    {"insert_beside_merge", "b: &b {x: 1}\nm:\n  <<: *b\n  y: 2\n", "+ m z 3",
     "b: &b {x: 1}\nm:\n  <<: *b\n  y: 2\n  z: 3\n"},
    {"remove_beside_merge", "b: &b {x: 1}\nm:\n  <<: *b\n  z: 2\n", "- m.z", "b: &b {x: 1}\nm:\n  <<: *b\n"},
    {"append", "x:\n- a # A\ny: 1\n", "* x \"b\"\n* x {\"c\": 1, \"d\": 2}",
     "x:\n- a # A\n- b\n- c: 1\n  d: 2\ny: 1\n"},
    {"append_flow", "x: [a]\nz: []\n", "* x \"ALL\"\n* z 1", "x: [a, ALL]\nz: [1]\n"},
    {"append_absent", "x:\n", "* x \"a\"", "x:\n  - a\n"},
    {"append_in_the_style_of_the_author", "x:\n- 1\nz:\n", "* z \"a\"", "x:\n- 1\nz:\n- a\n"},
    {"set_path", "spec:\n  containers:\n  - name: a\n    image: b\n",
     "= spec.containers[0].securityContext.allowPrivilegeEscalation false\n"
     "= spec.containers[0].securityContext.capabilities.drop [\"ALL\"]",
     "spec:\n  containers:\n  - name: a\n    image: b\n    securityContext:\n      allowPrivilegeEscalation: "
     "false\n"
     "      capabilities:\n        drop:\n        - ALL\n"},
    {"set_path_partly", "s:\n  a: 1\nt: 2\n", "= s.b.c 3", "s:\n  a: 1\n  b:\n    c: 3\nt: 2\n"},
    {"set_behind_the_last_item", "x: [1]\n", "= x[1] 2", "x: [1, 2]\n"},
    {"remove_and_insert", "a:\n  b: 1\nc: 2\n", "- a.b\n+ a d 3", "a:\n  d: 3\nc: 2\n"},
    {"remove_last_and_insert", "a: 1\nb: 2", "- b\n+ . c 3", "a: 1\nc: 3"},
    {"remove_first_behind_dash_and_insert", "- a: 1\n  b: 2\n", "- [0].a\n+ [0] c 3", "- b: 2\n  c: 3\n"},
    {"remove_flow_and_insert", "x: {a: 1, b: 2}", "- x.b\n+ x c 3", "x: {a: 1, c: 3}"},
    {"strange_keys", "a: 1\n", "+ . on 1\n+ . x: 2\n+ . # 3", "a: 1\n\"on\": 1\n\"x:\": 2\n\"#\": 3\n"},
};

class EditCase : public testing::TestWithParam<Case> {};

TEST_P(EditCase, WritesWhatOneWouldWrite) {
  const Case& c = GetParam();
  Source source("file", c.before);
  Documents read = ReadYaml(source, YamlSchema::kKubernetes);
  ASSERT_FALSE(read.error) << Render(*read.error);
  const Node& root = read.all[0].root;
  Arena arena;
  Edit edit(source, root);
  Result<void> run = RunScript(c.script, root, arena, edit);
  ASSERT_TRUE(run) << Render(run.error());
  Result<std::vector<TextEdit>> edits = edit.Finish();
  ASSERT_TRUE(edits) << Render(edits.error());
  EXPECT_EQ(ApplyEdits(source.text(), *edits), c.after);
}

std::string NameOf(const testing::TestParamInfo<Case>& tested) { return tested.param.name; }
INSTANTIATE_TEST_SUITE_P(Edit, EditCase, testing::ValuesIn(kCases), NameOf);

// Scripts that must be refused, with a part of the message.
struct Refusal {
  const char* before;
  const char* script;
  const char* message;
};

TEST(Edit, RefusesWhatIsSharedUnusualOrContradictory) {
  const Refusal kRefusals[] = {
      {"a: &x {p: 1}\nb: *x\n", "= a.p 2", "shared"},
      {"a: &x {p: 1}\nb: *x\n", "= b.p 2", "shared"},
      {"a: &x {p: 1}\nb: *x\n", "- b", "shared"},
      {"a: &x {p: 1}\nb: *x\n", "- a", "shared"},
      {"a: &x 1\nb: *x\n", "= a 2", "shared"},
      {"b: &b {x: 1}\nm:\n  <<: *b\n", "- m.x", "shared"},
      {"a: 1\n", "+ . a 2", "there already"},
      {"a: 1\n", "= a.b 2", "not a map"},
      {"a: 1\n", "- .", "cannot be removed"},
      {"a: 1\n", "* a 2", "not a list"},
      {"a: [1]\n", "= a[3] 2", "no item 3"},
      {"a: 1\n", "= a 2\n= a 3", "another change"},
      {"a: {b: 1}\n", "= a.b 2\n= a 3", "another change"},
      {"a: {b: 1}\n", "= a 3\n= a.b 2", "another change"},
      {"a: {}\n", "= a.b 1\n= a.b 2", "something else"},
      {"? a\n: 1\nb: 2\n", "- a", "too unusual"},
  };
  for (const Refusal& refusal : kRefusals) {
    SCOPED_TRACE(std::string(refusal.before) + refusal.script);
    Source source("file", refusal.before);
    Documents read = ReadYaml(source, YamlSchema::kKubernetes);
    ASSERT_FALSE(read.error) << Render(*read.error);
    Arena arena;
    Edit edit(source, read.all[0].root);
    Result<void> run = RunScript(refusal.script, read.all[0].root, arena, edit);
    if (run) {
      Result<std::vector<TextEdit>> edits = edit.Finish();
      ASSERT_FALSE(edits);
      run = Fail(edits.error());
    }
    EXPECT_NE(run.error().message.find(refusal.message), std::string::npos) << run.error().message;
  }
}

TEST(Edit, MergesEditsThatDoNotTouch) {
  std::vector<TextEdit> a{{{0, 1}, "x"}, {{5, 5}, "y"}}, b{{{0, 1}, "x"}, {{2, 3}, ""}};
  Result<std::vector<TextEdit>> merged = MergeEdits(a, b);
  ASSERT_TRUE(merged);
  EXPECT_EQ(*merged, (std::vector<TextEdit>{{{0, 1}, "x"}, {{2, 3}, ""}, {{5, 5}, "y"}}));
  EXPECT_EQ(ApplyEdits("0123456", *merged), "x134y56");
  std::vector<TextEdit> overlapping{{{2, 4}, ""}}, same_place{{{5, 5}, "z"}};
  EXPECT_FALSE(MergeEdits(b, overlapping));
  EXPECT_FALSE(MergeEdits(a, same_place));
}

}  // namespace
}  // namespace guard

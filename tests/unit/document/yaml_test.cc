#include <gtest/gtest.h>

#include "policies/document/document.h"

namespace guard {
namespace {

// A document and what was made of it; the tree views the source.
struct Read {
  explicit Read(std::string text, YamlSchema schema = YamlSchema::kKubernetes, const ReadLimits& limits = {})
      : source("f", std::move(text)), documents(ReadYaml(source, schema, limits)) {}
  const Node& root() const { return documents.all.at(0).root; }
  const Node& at(std::string_view path) const {
    bool found = false;
    const Node* node = Walk(root(), path, &found);
    EXPECT_TRUE(found) << path;
    return *node;
  }
  std::string error() const { return documents.error ? ToString(*documents.error) : ""; }

  Source source;
  Documents documents;
};

TEST(Yaml, ReadsDocumentsUpToAnError) {
  Read read("a: 1\n---\n---\nb: [x, 'y']\n---\nc: [\n");
  ASSERT_EQ(read.documents.all.size(), 2u);
  EXPECT_EQ(read.documents.all[0].root.Find("a")->integer, 1);
  EXPECT_EQ(read.documents.all[1].index, 2u);
  EXPECT_EQ(read.documents.all[1].root.Find("b")->list()[1].string(), "y");
  ASSERT_TRUE(read.documents.error.has_value());
  EXPECT_EQ(read.documents.error->place.file, "f");
}

TEST(Yaml, LeavesOutWhatIsEmpty) {
  for (const char* text : {"", "\n", "# only a comment\n", "---\n", "---\n---\n# x\n...\n", "\xEF\xBB\xBF"})
    EXPECT_TRUE(Read(text).documents.all.empty() && Read(text).error().empty()) << text;
  EXPECT_EQ(Read("--- null\n").documents.all.size(), 1u);
  EXPECT_EQ(Read("---\na: 1\n...\n---\n---\nb: 1\n").documents.all.at(1).index, 2u);
}

// In each document, « and » stand around what `a` must span; they are taken out first.
TEST(Yaml, SpansAreExact) {
  const char* kCases[] = {
      "a: «x y»  # c\n",
      "a: «x\n  y»\n\nb: 1\n",
      "a:   «'x '' y'»  \n",
      "é: 日本 # 日本\na: «\"x\\\n  y\"» # c\n",
      "a: «|\n  x\n\n  y»\n\n\nb: 1\n",
      "a: «|+ # c\n  x»\n\nb: 1\n",
      "a: «>-\n   x»\n   \n\nb: 1\n",
      "a: «|»\nb: 1\n",
      "a: «[x, [y], {z: 1}]» # c\n",
      "a: «{\n  x: 1, # c\n}»\n",
      "a:\n  «x: 1\n  y: 2» # c\n\n# d\nb: 1\n",
      "a:\n  # c\n  «- x\n  -   y»\n  # d\nb: 1\n",
      "a:\n«- x\n- y: 1\n  z:\n    - w»\nb: 1\n",
      "a:«» # c\nb: 1\n",
      "a:«»",
      "a :«»\n",
      "a: &x «y»\nb: *x\n",
      "b: &x y\na: «*x»\n",
      "a: !!map\n  # c\n  «x: 1»\n",
      "a: &x\n  «x: 1»\n",
      "a: !own «[x]»\n",
      "a: &x  «\xEF\xBB\xBF y»\n",
      "a: &x # c\xC2\x85  «y»\n",
      "a: !!str«»\n",
      "? a\n: «x»\n",
      "b:\r\n- 1\r\na: «|\r\n  x\r\n  y»\r\n\r\nc: 1\r\n",
      "\xEF\xBB\xBF"
      "a: «x»\n",
  };
  for (std::string text : kCases) {
    SCOPED_TRACE(text);
    uint32_t begin = static_cast<uint32_t>(text.find("«"));
    text.erase(begin, 2);
    uint32_t end = static_cast<uint32_t>(text.find("»"));
    text.erase(end, 2);
    Read read(text);
    ASSERT_EQ(read.error(), "");
    const Node& node = read.at("a");
    EXPECT_EQ(node.span, (Span{begin, end}))
        << node.span.begin << ".." << node.span.end << " instead of " << begin << ".." << end;
    EXPECT_EQ(read.source.text(read.root().FindEntry("a")->key_span), "a");
  }
}

TEST(Yaml, FlagsWhatIsNotWritten) {
  Read read("a:\nb: null\nc: [x, {y}]\nd:\n-\n- ''\n");
  EXPECT_TRUE(read.at("a").has(NodeFlag::kAbsent));
  EXPECT_FALSE(read.at("b").has(NodeFlag::kAbsent));
  EXPECT_TRUE(read.at("d[0]").has(NodeFlag::kAbsent));
  EXPECT_FALSE(read.at("d[1]").has(NodeFlag::kAbsent));
  EXPECT_EQ(read.at("d[1]").string(), "");
}

TEST(Yaml, AliasesShareWhatTheyStandFor) {
  Read read("a: &x {p: [1, 2]}\nb: *x\nc: &x 3\nd: *x\ne: {*x : 1}\n");
  EXPECT_EQ(read.at("b.p[1]").integer, 2);
  EXPECT_EQ(read.at("b").entries, read.at("a").entries);
  EXPECT_EQ(read.source.text(read.at("b").span), "*x");
  EXPECT_EQ(read.at("d").integer, 3);
  EXPECT_EQ(read.at("e.3").integer, 1);
  for (const char* path : {"a", "a.p", "a.p[0]", "b", "c", "d"})
    EXPECT_TRUE(read.at(path).has(NodeFlag::kAliased)) << path;
  EXPECT_FALSE(read.root().has(NodeFlag::kAliased));
  EXPECT_FALSE(Read("a: &x 1\nb: 2\n").at("a").has(NodeFlag::kAliased));
}

TEST(Yaml, RefusesAliasesToNothingAndToThemselves) {
  EXPECT_EQ(Read("a: *x\n").error(), "f:1:4: there is no anchor '&x' before this");
  EXPECT_EQ(Read("a: &x 1\n---\nb: *x\n").error(), "f:3:4: there is no anchor '&x' before this");
  EXPECT_EQ(Read("a: &x\n  b: *x\n").error(), "f:2:6: '*x' is inside what it stands for");
  EXPECT_EQ(Read("&x [*x]\n").error(), "f:1:5: '*x' is inside what it stands for");
  EXPECT_EQ(Read("&x [&x 1, *x]\n").error(), "");  // the inner one has taken the name over
}

TEST(Yaml, MergesMaps) {
  std::string base = "b: &b {x: 1, y2: 2}\nc: &c {x: 3, z: 4}\n";
  Read read(base + "m:\n  <<: *b\n  x: 9\n");
  EXPECT_EQ(read.at("m.x").integer, 9);
  EXPECT_FALSE(read.at("m.x").has(NodeFlag::kAliased));
  EXPECT_EQ(read.at("m.y2").integer, 2);
  EXPECT_TRUE(read.at("m.y2").has(NodeFlag::kAliased));
  EXPECT_EQ(read.at("m").size, 2u);
  Read list(base + "m:\n  <<: [*b, *c]\n");
  EXPECT_EQ(list.at("m.x").integer, 1);  // the earlier map wins
  EXPECT_EQ(list.at("m.z").integer, 4);
  EXPECT_EQ(Read(base + "m:\n  <<: {x: 5}\n").at("m.x").integer, 5);
  EXPECT_EQ(Read("m:\n  '<<': {x: 5}\n").at("m.<<.x").integer, 5);  // quoted, it is a key
  EXPECT_EQ(Read(base + "m: {<<: 1}\n").error(), "f:3:9: a merge key ('<<') takes a map or a list of maps");
  EXPECT_EQ(Read(base + "m: {<<: *b, x: 1, x: 2}\n").error(),
            "f:3:19: the key 'x' is already set at line 3, column 13");
}

// go-yaml 2 merges where the key stands; YAML 1.2 readers let explicit keys win everywhere.
TEST(Yaml, MergeKeysBehindAKeyOverrideItInKubernetes) {
  std::string text = "b: &b {x: 1}\nm:\n  x: 9\n  <<: *b\n";
  EXPECT_EQ(Read(text, YamlSchema::kKubernetes).at("m.x").integer, 1);
  EXPECT_EQ(Read(text, YamlSchema::kYaml11).at("m.x").integer, 1);
  EXPECT_EQ(Read(text, YamlSchema::kCore12).at("m.x").integer, 9);
}

TEST(Yaml, RefusesDuplicateKeysNamingBothPlaces) {
  EXPECT_EQ(Read("a: 1\né: 1\na: 2\n").error(), "f:3:1: the key 'a' is already set at line 1, column 1");
  EXPECT_EQ(Read("x: {a: 1, 'a': 2}\n").error(), "f:1:11: the key 'a' is already set at line 1, column 5");
  EXPECT_EQ(Read("on: 1\n'true': 2\n").error(), "f:2:1: the key 'true' is already set at line 1, column 1");
  EXPECT_EQ(Read("on: 1\n'true': 2\n", YamlSchema::kCore12).error(), "");
}

TEST(Yaml, FindsADuplicateAmongVeryMany) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += "key" + std::to_string(i) + ": 1\n";
  EXPECT_EQ(Read(text).error(), "");
  EXPECT_EQ(Read(text + "key77: 2\n").error(),
            "f:100001:1: the key 'key77' is already set at line 78, column 1");
}

TEST(Yaml, BoundsNesting) {
  ReadLimits limits;
  limits.depth = 3;
  EXPECT_EQ(Read("[[[1]]]", YamlSchema::kKubernetes, limits).error(), "");
  EXPECT_EQ(Read("[[[[1]]]]", YamlSchema::kKubernetes, limits).error(), "f:1:4: nested deeper than 3 levels");
  EXPECT_EQ(Read("a: &x [[1]]\nb: [*x]", YamlSchema::kKubernetes, limits).error(),
            "f:2:5: nested deeper than 3 levels through aliases");
  std::string flow(10'000, '['), block;
  for (int i = 0; i < 10'000; ++i) block += "- ";
  std::string nested_maps;
  for (int i = 0; i < 1'000; ++i) nested_maps += std::string(static_cast<size_t>(i), ' ') + "a:\n";
  EXPECT_EQ(Read(flow).error(), "f:1:201: nested deeper than 200 levels");
  EXPECT_EQ(Read(block + "x\n").error(), "f:1:401: nested deeper than 200 levels");
  EXPECT_EQ(Read(nested_maps).error(), "f:201:201: nested deeper than 200 levels");
  EXPECT_EQ(Read(std::string(10'000, '{')).error(), "f:1:2: a map or list cannot be a key");
}

TEST(Yaml, BoundsAliases) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    std::string before = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int j = 0; j < 8; ++j) bomb += ", " + before;
    bomb += "]\n";
  }
  EXPECT_NE(Read(bomb).error().find("aliases multiply to more than 1000000 values"), std::string::npos);
  std::string merges = "a: &a {k: 1}\nm:\n  <<: [*a";
  for (int i = 0; i < 20'000; ++i) merges += ", *a";
  EXPECT_EQ(Read(merges + "]\n").at("m").size, 1u);
}

TEST(Yaml, BoundsDocuments) {
  ReadLimits limits;
  limits.documents = 2;
  Read read("a: 1\n---\nb: 1\n---\nc: 1\n", YamlSchema::kKubernetes, limits);
  EXPECT_EQ(read.documents.all.size(), 2u);
  EXPECT_EQ(read.error(), "f:4:1: more than 2 documents in one file");
}

TEST(Yaml, ReadsCrlfByteOrderMarkAndOtherAlphabets) {
  Read read(
      "\xEF\xBB\xBF"
      "ä: \"日本\"\r\nb:\r\n  - |\r\n    x\r\n    y\r\n");
  EXPECT_EQ(read.at("ä").string(), "日本");
  EXPECT_EQ(read.at("b[0]").string(), "x\ny\n");
  EXPECT_EQ(read.source.Locate(read.root().FindEntry("b")->key_span.begin), (LineColumn{2, 1}));
}

TEST(Yaml, ViewsTheSourceWhereItCan) {
  Read read("a: plain\nb: 'single'\nc: \"double\"\nd: 'it''s'\n");
  std::string_view text = read.source.text();
  for (const char* key : {"a", "b", "c"}) {
    std::string_view value = read.at(key).string();
    EXPECT_TRUE(value.data() > text.data() && value.data() < text.data() + text.size()) << key;
  }
  EXPECT_EQ(read.at("d").string(), "it's");
}

TEST(Yaml, KeepsWhatStandsBeforeATruncatedDocument) {
  std::string text = "a: 1\n---\nb:\n  - c: \"d\n";
  for (size_t size = 0; size <= text.size(); ++size) {
    Read read(text.substr(0, size));
    if (size < 9) continue;
    EXPECT_EQ(read.documents.all.at(0).root.Find("a")->integer, 1) << size;
  }
}

TEST(Yaml, RefusesWhatIsNoText) {
  EXPECT_EQ(Read(std::string("a: \0", 4)).error(), "f:1:4: a NUL byte is not text");
  EXPECT_EQ(Read("a: é\nb: \xC3(").error(), "f:2:4: byte 0xC3 is not valid UTF-8 here");
  EXPECT_EQ(Read("a: \x01\n").error(), "f:1:4: control characters are not allowed");
}

}  // namespace
}  // namespace guard

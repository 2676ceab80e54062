// The conformance tests of cel-spec, as `guardctl cel --batch` answers them, one by one.
#include <cmath>
#include <filesystem>
#include <sstream>

#include "gtest/gtest.h"
#include "policies/cel/json_values.h"
#include "policies/document/document.h"
#include "tests/support/golden.h"

namespace guard::cel {
namespace {

// Equal and of the same type in every part; NaN is itself here.
bool Agree(const Value& want, const Value& got) {
  if (want.tag != got.tag) return false;
  if (want.is(Tag::kDouble)) return (std::isnan(want.real) && std::isnan(got.real)) || want.real == got.real;
  if (want.is(Tag::kOptional) && want.optional && got.optional) return Agree(*want.optional, *got.optional);
  if (!want.is(Tag::kList) && !want.is(Tag::kMap)) return Equal(want, got);
  if (want.size != got.size) return false;
  for (uint32_t i = 0; i < want.size; ++i) {
    if (want.is(Tag::kList)) {
      if (!Agree(ListAt(want, i), ListAt(got, i))) return false;
      continue;
    }
    MapEntry entry = MapAt(want, i);
    bool found = false;
    for (uint32_t j = 0; j < got.size && !found; ++j)
      found = Agree(entry.key, MapAt(got, j).key) && Agree(entry.value, MapAt(got, j).value);
    if (!found) return false;
  }
  return true;
}

void AppendJson(std::string& out, const Node& node) {
  switch (node.kind) {
    case NodeKind::kNull: out += "null"; break;
    case NodeKind::kBool: out += node.boolean ? "true" : "false"; break;
    case NodeKind::kInt: out += std::to_string(node.integer); break;
    case NodeKind::kDouble: out += std::to_string(node.real); break;
    case NodeKind::kString: AppendJsonString(out, node.string()); break;
    case NodeKind::kList:
      out += '[';
      for (const Node& item : node.list()) AppendJson(out += &item == node.items ? "" : ",", item);
      out += ']';
      break;
    case NodeKind::kMap:
      out += '{';
      for (const Entry& entry : node.map()) {
        if (&entry != node.entries) out += ',';
        AppendJsonString(out, entry.key());
        AppendJson(out += ':', entry.value);
      }
      out += '}';
      break;
  }
}

std::string RequestOf(const Node& test) {
  std::string out;
  for (const char* key : {"expr", "bindings", "container", "disable_macros", "disable_check", "check_only"}) {
    const Node* member = test.Find(key);
    if (!member) continue;
    out += out.empty() ? "{" : ",";
    AppendJsonString(out, key);
    AppendJson(out += ':', *member);
  }
  return out + "}";
}

void Judge(const std::string& line) {
  Arena arena;
  Result<Node> test = ReadJsonValues(line, arena);
  ASSERT_TRUE(test) << line;
  std::string request = RequestOf(*test), answer = RunBatchLine(request);
  SCOPED_TRACE(request + " -> " + answer);
  Result<Node> json = ReadJsonValues(answer, arena);
  ASSERT_TRUE(json);
  if (test->Find("error")) {
    EXPECT_TRUE(json->Find("error"));
    return;
  }
  ASSERT_TRUE(json->Find("value"));
  const Node* expected = test->Find("value");
  if (!expected) return;
  Result<Value> want = ReadTypedValue(*expected, arena), got = ReadTypedValue(*json->Find("value"), arena);
  ASSERT_TRUE(want && got);
  EXPECT_TRUE(Agree(*want, *got));
}

TEST(Conformance, EveryCaseAgrees) {
  std::filesystem::path corpus = test::Corpus() / "cel";
  if (test::Corpus().empty() || !std::filesystem::exists(corpus)) GTEST_SKIP() << "GUARD_CORPUS is not set";
  size_t cases = 0;
  for (const auto& file : std::filesystem::directory_iterator(corpus)) {
    if (file.path().extension() != ".jsonl") continue;
    std::istringstream lines(test::ReadFile(file.path()));
    for (std::string line; std::getline(lines, line); ++cases) Judge(line);
  }
  EXPECT_GE(cases, 1445u);
}

}  // namespace
}  // namespace guard::cel

#include "tests/unit/cel/evaluator.h"

namespace guard::cel {
namespace {

struct Case {
  const char* expression;
  const char* value;
};

void Check(Evaluator& evaluate, std::initializer_list<Case> cases) {
  for (const Case& c : cases) EXPECT_EQ(evaluate(c.expression), c.value) << c.expression;
}

constexpr const char* kPod = R"({
  "pod": {
    "metadata": {"name": "web", "labels": {"app": "x", "tier": "y"}},
    "spec": {
      "hostNetwork": true,
      "priority": null,
      "containers": [
        {"name": "a", "image": "nginx", "ports": [{"containerPort": 80}], "securityContext": {"privileged": false}},
        {"name": "b", "image": "redis", "securityContext": {"privileged": true, "capabilities": {"add": ["SYS_ADMIN"]}}}
      ]
    }
  },
  "none": null, "yes": true, "no": false, "two": 2, "half": 0.5, "text": "a\u00e9b", "list": [1, 2, 3], "empty": []
})";

TEST(Eval, PathsWalkTheDocument) {
  Evaluator evaluate(kPod);
  Check(evaluate, {
                      {"pod.metadata.name", R"("web")"},
                      {"pod.metadata.labels", R"({"app": "x", "tier": "y"})"},
                      {"pod['metadata']['name']", R"("web")"},
                      {"pod.spec.containers[1].image", R"("redis")"},
                      {"pod.spec.containers[two - 1].image", R"("redis")"},
                      {"pod.spec.containers[pod.spec.containers.size() - 1].name", R"("b")"},
                      {"pod.spec.hostNetwork", "true"},
                      {"pod.spec.priority", "null"},
                      {"pod.spec.nope", "error: no such key: nope"},
                      {"pod.nope.deeper", "error: no such key: nope"},
                      {"pod.metadata.name.first", "error: no such key: first"},
                      {"pod.spec.containers.name", "error: unsupported index type 'string' in list"},
                      {"list[3]", "error: index out of bounds: 3"},
                      {"list[-1]", "error: index out of bounds: -1"},
                      {"list[1.0]", "2"},
                      {"list[1u]", "2"},
                      {"list[0.5]", "error: unsupported index type 'double' in list"},
                      {"list['0']", "error: unsupported index type 'string' in list"},
                      {"pod.metadata.labels[1]", "error: no such key: 1"},
                      {"(yes ? pod.metadata : pod.spec).name", R"("web")"},
                      {"{'a': {'b': 7}}.a.b", "7"},
                      {"[[1], [2]][1][0]", "2"},
                  });
}

TEST(Eval, PresenceIsOfTheLastField) {
  Evaluator evaluate(kPod);
  Check(evaluate, {
                      {"has(pod.metadata.name)", "true"},
                      {"has(pod.metadata.nope)", "false"},
                      {"has(pod.spec.priority)", "true"},
                      {"has(pod.nope.name)", "error: no such key: nope"},
                      {"has(pod.spec.containers[0].ports)", "true"},
                      {"has(pod.spec.containers[1].ports)", "false"},
                      {"has({'a': 1}.a) && !has({'a': 1}.b)", "true"},
                      {"has(none.a)", "error: no such key: a"},
                  });
  // Kubernetes says "absent" of what has no fields.
  Evaluator kubernetes(kPod, Dialect::kKubernetes);
  Check(kubernetes, {
                        {"has(none.a)", "false"},
                        {"has(pod.metadata.name.first)", "false"},
                        {"pod.metadata.name.?first.hasValue()", "false"},
                        {"has(pod.nope.name)", "error: no such key: nope"},
                    });
}

TEST(Eval, LogicAbsorbsErrorsOnBothSides) {
  Evaluator evaluate(kPod);
  Check(evaluate, {
                      {"yes && no", "false"},
                      {"none.x && no", "false"},
                      {"no && none.x", "false"},
                      {"none.x && yes", "error: no such key: x"},
                      {"yes && none.x", "error: no such key: x"},
                      {"none.x || yes", "true"},
                      {"yes || none.x", "true"},
                      {"none.x || no", "error: no such key: x"},
                      {"none.x || none.y", "error: no such key: x"},
                      {"two || yes", "true"},
                      {"two || no", "error: no such overload"},
                      {"no || two", "error: no such overload"},
                      {"none.x && none.y && no", "false"},
                      {"no || (none.x || yes)", "true"},
                      {"!none.x", "error: no such key: x"},
                      {"!two", "error: no such overload"},
                      {"yes ? 1 : none.x", "1"},
                      {"no ? none.x : 2", "2"},
                      {"none.x ? 1 : 2", "error: no such key: x"},
                      {"two ? 1 : 2", "error: no such overload"},
                  });
}

TEST(Eval, EqualityAndOrder) {
  Evaluator evaluate(kPod);
  Check(evaluate, {
                      {"pod.metadata.name == 'web'", "true"},
                      {"'web' != pod.metadata.name", "false"},
                      {"two == 2 && two == 2u && two == 2.0 && 2.0 == two", "true"},
                      {"two == 'two'", "false"},
                      {"none == null", "true"},
                      {"pod.spec.priority != null", "false"},
                      {"yes == true", "true"},
                      {"two != true", "true"},
                      {"half < two && two > half && two >= 2u && half <= 0.5", "true"},
                      {"'a' < 'b' && b'a' < b'b' && false < true", "true"},
                      {"text < two", "error: no such overload"},
                      {"none < none", "error: no such overload"},
                      {"double('NaN') == double('NaN')", "false"},
                      {"double('NaN') < two || double('NaN') >= two", "false"},
                      {"list == [1, 2, 3] && list != [1, 2]", "true"},
                      {"pod.metadata.labels == {'tier': 'y', 'app': 'x'}", "true"},
                      {"pod.spec.containers[0] == pod.spec.containers[1]", "false"},
                      {"none.x == 1", "error: no such key: x"},
                      {"type(two) == int && type(pod) == map && type(type(two)) == type", "true"},
                  });
}

TEST(Eval, Membership) {
  Evaluator evaluate(kPod);
  Check(evaluate, {
                      {"pod.metadata.name in ['db', 'web']", "true"},
                      {"pod.metadata.name in ['db']", "false"},
                      {"two in [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]", "true"},
                      {"half in [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]", "false"},
                      {"dyn(2.0) in [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]", "true"},
                      {"two in list && !(9 in list)", "true"},
                      {"'app' in pod.metadata.labels", "true"},
                      {"'nope' in pod.metadata.labels", "false"},
                      {"two in pod.metadata.labels", "false"},
                      {"two in {2: 'x'}", "true"},
                      {"two in two", "error: no such overload"},
                      {"none.x in [1]", "error: no such key: x"},
                      {"two in []", "false"},
                  });
}

TEST(Eval, FoldsStopWhereTheyMay) {
  Evaluator evaluate(kPod);
  Check(evaluate,
        {
            {"list.all(x, x > 0)", "true"},
            {"list.all(x, x > 1)", "false"},
            {"list.all(x, 6 / (x - 2) > 9)", "false"},
            {"list.all(x, 6 / (x - 2) != 9)", "error: division by zero"},
            {"list.all(x, x)", "error: no such overload"},
            {"empty.all(x, none.y)", "true"},
            {"list.exists(x, x == 2)", "true"},
            {"list.exists(x, 6 / (x - 1) == 3)", "true"},
            {"list.exists(x, 6 / (x - 1) == 9)", "error: division by zero"},
            {"list.exists(x, x == 9)", "false"},
            {"list.exists_one(x, x > 2)", "true"},
            {"list.exists_one(x, x > 1)", "false"},
            {"list.exists_one(x, 6 / (x - 1) == 6)", "error: division by zero"},
            {"list.map(x, x * x)", "[1, 4, 9]"},
            {"list.map(x, 6 / (x - 2))", "error: division by zero"},
            {"list.map(x, x > 1, x * x)", "[4, 9]"},
            {"list.map(x, 6 / (x - 1) > 0, x)", "error: division by zero"},
            {"list.filter(x, x != 2)", "[1, 3]"},
            {"list.filter(x, x)", "error: no such overload"},
            {"pod.metadata.labels.map(k, k + '=' + pod.metadata.labels[k])", R"(["app=x", "tier=y"])"},
            {"pod.metadata.labels.all(k, v, k != v)", "true"},
            {"list.exists(i, x, i == 2 && x == 3)", "true"},
            {"list.existsOne(i, x, i + x > 3)", "true"},
            {"list.transformList(i, x, x > 1, i * x)", "[2, 6]"},
            {"pod.metadata.labels.transformMap(k, v, v == 'x', k + v)", R"({"app": "appx"})"},
            {"pod.metadata.labels.transformMapEntry(k, v, {v: k})", R"({"x": "app", "y": "tier"})"},
            {"pod.metadata.labels.transformMapEntry(k, v, {'same': k})",
             "error: insert failed: key \"same\" already exists"},
            {"list.transformMap(i, x, 1 / (i - 1))", "error: division by zero"},
            {"two.all(x, true)", "error: got 'int', expected iterable type"},
            {"none.x.map(x, x)", "error: no such key: x"},
            {"pod.spec.containers.filter(c, c.securityContext.privileged).map(c, c.name)", R"(["b"])"},
            {"list.map(x, list.filter(y, y < x).map(z, z + x))", "[[], [3], [4, 5]]"},
            {"[1, 2].map(x, [x].map(x, x + 1)[0] + x)", "[3, 5]"},
        });
}

TEST(Eval, BindComputesOnceAndOnlyWhenAsked) {
  Evaluator evaluate(kPod);
  Check(evaluate,
        {
            {"cel.bind(x, list.map(y, y + 1), x + x)", "[2, 3, 4, 2, 3, 4]"},
            {"cel.bind(x, none.y, true)", "true"},
            {"cel.bind(x, none.y, x == 1 || true)", "true"},
            {"cel.bind(x, none.y, x)", "error: no such key: y"},
            {"list.map(y, cel.bind(x, y * 2, x + 1))", "[3, 5, 7]"},
            {"cel.bind(x, [1, 2].map(y, y * 10), list.map(z, x[0] + z))", "[11, 12, 13]"},
            {"cel.bind(a, [1].map(p, p), cel.bind(b, a.map(q, q + 1), [5].map(r, r + a[0] + b[0])))", "[8]"},
            {"cel.bind(pod, pod.metadata, pod.name)", R"("web")"},
            {"cel.bind(x, pod.spec, has(x.hostNetwork) && x.?nope.orValue(true))", "true"},
        });
}

TEST(Eval, LiteralsAreMadeOrRefused) {
  Evaluator evaluate(kPod);
  Check(evaluate, {
                      {"[two, 'x', [half]]", R"([2, "x", [0.5]])"},
                      {"{'a': two, 1: list}", R"({"a": 2, 1: [1, 2, 3]})"},
                      {"{'a': 1, text: 2, 'a': 3}", "error: repeated key: \"a\""},
                      {"{two: 1, 2u: 2}", "error: repeated key: 2u"},
                      {"{half: 1}", "error: unsupported key type: double"},
                      {"[1, none.x]", "error: no such key: x"},
                      {"{1: none.x}", "error: no such key: x"},
                      {"{}", "{}"},
                      {"[]", "[]"},
                  });
}

TEST(Eval, DispatchIsByRunTimeTypes) {
  Evaluator evaluate(kPod);
  Check(evaluate,
        {
            {"two + 1", "3"},
            {"text + '!'",
             "\"a\xc3\xa9"
             "b!\""},
            {"list + [4]", "[1, 2, 3, 4]"},
            {"two + 'x'", "error: no such overload"},
            {"two + half", "error: no such overload"},
            {"size(text) + text.size() + size(list)", "9"},
            {"text.contains('b') && text.startsWith('a') && text.endsWith('b')", "true"},
            {"two.contains('b')", "error: no such overload"},
            {"text.matches('^a.b$')", "true"},
            {"text.matches(text)", "true"},
            {"text.matches(pod.metadata.name + '(')", "error: invalid regular expression: missing ): web("},
            {"none.x.contains(none.y)", "error: no such key: x"},
        });
}

TEST(Eval, LargeMapsAreLookedUpQuickly) {
  std::string json;
  for (int i = 0; i < 20'000; ++i)
    json += (i ? ",\"key" : "\"key") + std::to_string(i) + "\": " + std::to_string(i);
  Evaluator evaluate(R"({"m": {)" + json + R"(}, "other": "key7"})");
  evaluate.limit = 10'000'000;
  Check(evaluate, {
                      {"m.all(k, m[k] >= 0 && k in m)", "true"},
                      {"m.key0 + m.key19999 + m['key5'] + m[other]", "20011"},
                      {"has(m.key1) && has(m.key2) && !has(m.nope) && !('nope' in m) && !(1 in m)", "true"},
                      {"m.?nope.orValue(m.?key3.orValue(0))", "3"},
                      {"m.key1 == 1 && m.nope == 1", "error: no such key: nope"},
                  });
}

TEST(Eval, DeepExpressionsAreEvaluated) {
  Evaluator evaluate(R"({"one": 1})");
  std::string sum = "one", list = "one", fold = "one";
  for (int i = 0; i < 900; ++i) sum += " + one";
  for (int i = 0; i < 200; ++i) list = "[" + list + "]";
  for (int i = 0; i < 60; ++i)
    fold = "[" + fold + "].map(x" + std::to_string(i) + ", x" + std::to_string(i) + ")[0]";
  EXPECT_EQ(evaluate(sum), "901");
  EXPECT_EQ(evaluate(list + " == " + list), "true");
  EXPECT_EQ(evaluate(fold), "1");
}

TEST(Eval, WithoutCheckingNamesFailWhenTheyAreReached) {
  Evaluator evaluate(kPod);
  EXPECT_EQ(evaluate.Unchecked("nobody"), "error: undeclared reference to 'nobody'");
  EXPECT_EQ(evaluate.Unchecked("nobody || true"), "true");
  EXPECT_EQ(evaluate.Unchecked("nothing(1)"), "error: unbound function: nothing");
  EXPECT_EQ(evaluate.Unchecked("nothing(1) || yes"), "true");
  EXPECT_EQ(evaluate.Unchecked("size(1, 2)"), "error: no such overload: size");
  EXPECT_EQ(evaluate.Unchecked("-(42u)"), "error: no such overload");
  EXPECT_EQ(evaluate.Unchecked("'x' < 1"), "error: no such overload");
  EXPECT_EQ(evaluate.Unchecked("Nobody{a: 1}"), "error: unknown type: Nobody");
  EXPECT_EQ(evaluate.Unchecked("list.map(x, x + 1)"), "[2, 3, 4]");
}

TEST(Eval, ErrorsKnowTheirPlace) {
  Evaluator evaluate(kPod);
  struct {
    const char* expression;
    const char* place;
  } cases[] = {
      {"1 + pod.nope", "nope"},     {"two / 0 == 1", "two / 0"},
      {"[1, list[7]]", "7"},        {"yes && text.matches(text + '(')", "text.matches(text + '(')"},
      {"two + text", "two + text"},
  };
  for (const auto& c : cases) {
    Program program = evaluate.Compile(c.expression);
    Value v = evaluate.ev.Run(program);
    ASSERT_TRUE(v.is_error()) << c.expression;
    std::string_view text = c.expression;
    EXPECT_EQ(text.substr(v.error->expr_begin, v.error->expr_end - v.error->expr_begin), c.place)
        << c.expression;
  }
}

}  // namespace
}  // namespace guard::cel

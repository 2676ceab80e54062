#include "run_expression.h"

namespace guard::cel::test {
namespace {

TEST(LibKubernetesFormat, Formats) {
  std::string a63(63, 'a'), a64(64, 'a'), subdomain(253, 'a');
  subdomain[126] = '.';
  const struct {
    const char* name;
    std::vector<std::string> good, bad;
  } kFormats[] = {
      {"dns1123Label", {"a", "1a-b", a63}, {"", "-a", "a-", "A", "a.b", a64}},
      {"dns1123Subdomain",
       {"a", "a.b-c.d", subdomain},
       {"", "a..b", ".a", "a.", "A.b", std::string(254, 'a')}},
      {"dns1035Label", {"a", "a1-b", a63}, {"", "1a", "-a", "a-", a64}},
      {"qualifiedName",
       {"a", "A_b.c", "example.com/Name", a63},
       {"", "/a", "a/", "a/b/c", "Ex.com/a", "-a", a64}},
      {"dns1123LabelPrefix", {"a", "a-", "my-label-"}, {"-", "A-b-", "-a-"}},
      {"dns1123SubdomainPrefix", {"a.b-", "mysubdomain.prefix.-"}, {"a..-b", "A.b-"}},
      {"dns1035LabelPrefix", {"a-", "my-label-prefix-"}, {"1-a-", "-"}},
      {"labelValue", {"", "a", "A_b.c-1", a63}, {"-a", "a-", "a b", a64}},
      {"uri", {"http://example.com", "/a"}, {"", "a", "http://a:b:c/"}},
      {"uuid",
       {"123e4567-e89b-12d3-a456-426614174000", "123E4567E89B12D3A456426614174000"},
       {"", "123e4567", "123e4567-e89b-12d3-a456-42661417400g", "123e4567-e89b-12d3-a456-4266141740000",
        "-123e4567e89b12d3a456426614174000"}},
      {"byte", {"aGVsbG8=", "YQ==", "YWJj"}, {"", "a", "YWJ", "Y===", "YW-j", "=AAA"}},
      {"date",
       {"2021-01-01", "2024-02-29", "0000-02-29"},
       {"", "2021-02-29", "2021-1-1", "2021-01-01T00:00:00Z"}},
      {"datetime",
       {"2021-01-01T00:00:00Z", "2021-01-01t23:59:59.5+01:00", "2021-01-01T00:00:00z"},
       {"", "2021-01-01", "2021-01-01T24:00:00Z", "2021-01-01T00:00:00", "2021-01-01 00:00:00Z"}},
  };
  auto expect = [](std::string call, const std::string& text, const char* rest, const char* want) {
    call += ".validate('";
    call += text;
    call += rest;
    EXPECT_EQ(Evaluate(call, Dialect::kKubernetes), want) << call;
  };
  for (const auto& format : kFormats) {
    std::string name = format.name;
    for (const std::string& text : format.good)
      expect("format." + name + "()", text, "').hasValue()", "false");
    for (const std::string& text : format.bad)
      expect("format.named('" + name + "').value()", text, "').value().size() > 0", "true");
  }
}

TEST(LibKubernetesFormat, Values) {
  ExpectAll(
      {
          {"format.named('nonsense').hasValue()", "false"},
          {"format.nonsense()", "issue: "},
          {"format.uuid()", "format.uuid()"},
          {"format.uuid() == format.named('uuid').value()", "true"},
          {"format.uuid() == format.byte()", "false"},
          {"format.qualifiedName().validate('-A/').value()",
           "[\"prefix part must be an RFC 1123 subdomain: lower-case letters, digits, '-' and '.', with a "
           "letter or digit at "
           "both ends of every part\", \"name part must be non-empty\", \"name part must be letters, digits, "
           "'-', '_' and "
           "'.', with a letter or digit at both ends\"]"},
          {"format.uuid().validate('x').orValue([]).join(', ')", "\"does not match the UUID format\""},
          {"type(format.uuid()) == kubernetes.NamedFormat", "true"},
      },
      Dialect::kKubernetes);
}

}  // namespace
}  // namespace guard::cel::test

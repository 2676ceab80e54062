#include "run_expression.h"

namespace guard::cel::test {
namespace {

TEST(LibKubernetesUrl, WhatIsOne) {
  ExpectAll(
      {
          {"isURL('https://user:pass@example.com:80/path?query=val#fragment')", "true"},
          {"isURL('/absolute-path')", "true"},
          {"isURL('//not-a-host/path')", "true"},
          {"isURL('*')", "true"},
          {"isURL('mailto:me@example.com')", "true"},
          {"isURL('https://[::1]:80/') && isURL('https://[fe80::1%25en0]/') && "
           "isURL('https://[::ffff:1.2.3.4]/')",
           "true"},
          {"isURL('https://example.com:/')", "true"},
          {"isURL('https://a:b:c/')", "false"},
          {"isURL('../relative-path')", "false"},
          {"isURL('relative')", "false"},
          {"isURL('')", "false"},
          {"isURL(':https')", "false"},
          {"isURL('https://[::1')", "false"},
          {"isURL('https://[1.2.3.4]/')", "false"},
          {"isURL('https://[not-ip]/')", "false"},
          {"isURL('https://x[::1]/')", "false"},
          {"isURL('https://exa mple.com/')", "false"},
          {"isURL('https://example.com/%zz')", "false"},
          {"isURL('https://example.com/%4')", "false"},
          {"isURL('https://exa%6dple.com/')", "false"},
          {"isURL('https://us er@example.com/')", "false"},
          {"isURL('https://example.com/\\n')", "false"},
          {"url('../x')", "error: \"../x\" is not a URL: invalid URI for request"},
          {"url('https://a:b:c/')", "error: \"https://a:b:c/\" is not a URL: invalid port after host"},
      },
      Dialect::kKubernetes);
}

TEST(LibKubernetesUrl, Parts) {
  ExpectAll(
      {
          {"url('/path').getScheme()", "\"\""},
          {"url('HTTPS://example.com/').getScheme()", "\"https\""},
          {"url('https://example.com:80/').getHost()", "\"example.com:80\""},
          {"url('https://me:pw@example.com/').getHost()", "\"example.com\""},
          {"url('https://[::1]:80/').getHost()", "\"[::1]:80\""},
          {"url('/path').getHost()", "\"\""},
          {"url('https://example.com:80/').getHostname()", "\"example.com\""},
          {"url('https://[::1]:80/').getHostname()", "\"::1\""},
          {"url('https://[fe80::1%25en0]/').getHostname()", "\"fe80::1%en0\""},
          {"url('/path').getHostname()", "\"\""},
          {"url('https://example.com:80/').getPort()", "\"80\""},
          {"url('https://example.com/').getPort()", "\"\""},
          {"url('https://example.com/path').getEscapedPath()", "\"/path\""},
          {"url('https://example.com/path with spaces/').getEscapedPath()", "\"/path%20with%20spaces/\""},
          {"url('https://example.com/a%2Fb').getEscapedPath()", "\"/a%2Fb\""},
          {"url('https://example.com/ä').getEscapedPath()", "\"/%C3%A4\""},
          {"url('https://example.com').getEscapedPath()", "\"\""},
          {"url('https://example.com/p#frag').getEscapedPath()", "\"/p\""},
          {"url('https://example.com/path?k1=a&k2=b&k2=c').getQuery()",
           "{\"k1\": [\"a\"], \"k2\": [\"b\", \"c\"]}"},
          {"url('https://example.com/path?key with spaces=value with spaces').getQuery()",
           "{\"key with spaces\": [\"value with spaces\"]}"},
          {"url('https://example.com/?a=1%2B1+1&b&=c&d=%zz&e;f=1#x').getQuery()",
           "{\"a\": [\"1+1 1\"], \"b\": [\"\"], \"\": [\"c\"]}"},
          {"url('https://example.com/path?').getQuery()", "{}"},
          {"url('https://example.com/path').getQuery()", "{}"},
          {"url('https://example.com/a?b#c') == url('HTTPS://example.com/a?b#c')", "true"},
          {"url('https://example.com/a') == url('https://example.com/b')", "false"},
          {"type(url('/')) == kubernetes.URL", "true"},
      },
      Dialect::kKubernetes);
}

TEST(LibKubernetesUrl, Costs) {
  EXPECT_EQ(
      RunExpression("url('https:://kubernetes.io/').getScheme()", EnvironmentOf(Dialect::kKubernetes)).cost,
      4u);
}

}  // namespace
}  // namespace guard::cel::test

#include "run_expression.h"

namespace guard::cel::test {
namespace {

constexpr Case kIp[] = {
    {"ip('127.0.0.1')", "ip(\"127.0.0.1\")"},
    {"ip('2001:DB8:0:0:0:0:0:1')", "ip(\"2001:db8::1\")"},
    {"ip('127.0.0.256')", "error: \"127.0.0.256\" is not an IPv4 address"},
    {"ip(':::1')", "error: \":::1\" is not an IPv6 address"},
    {"ip('localhost')", "error: \"localhost\" is not an IP address"},
    {"ip('fe80::1%eth0')", "error: IP address \"fe80::1%eth0\" with zone value is not allowed"},
    {"ip('::ffff:1.2.3.4')", "error: IPv4-mapped IPv6 address \"::ffff:1.2.3.4\" is not allowed"},
    {"isIP('01.2.3.4') || isIP('1.2.3') || isIP('') || isIP('1.2.3.4.5') || isIP('::1%a')", "false"},
    {"isIP('::') && isIP('::1.2.3.4') && isIP('1:2:3:4:5:6:7:8')", "true"},
    {"ip.isCanonical('2001:db8::abcd')", "true"},
    {"ip.isCanonical('2001:DB8::ABCD')", "false"},
    {"ip.isCanonical('2001:db8::0:0:0:abcd')", "false"},
    {"ip.isCanonical('x')", "error: "},
    {"ip('1.2.3.4').family() * 10 + ip('::').family()", "46"},
    {"ip('0.0.0.0').isUnspecified() && ip('::').isUnspecified() && !ip('::1').isUnspecified()", "true"},
    {"ip('127.9.9.9').isLoopback() && ip('::1').isLoopback() && !ip('::').isLoopback()", "true"},
    {"ip('224.0.0.1').isLinkLocalMulticast() && ip('ff02::1').isLinkLocalMulticast()", "true"},
    {"ip('224.0.1.1').isLinkLocalMulticast() || ip('ff05::1').isLinkLocalMulticast()", "false"},
    {"ip('169.254.169.254').isLinkLocalUnicast() && ip('fe80::1').isLinkLocalUnicast()", "true"},
    {"ip('fd80::1').isLinkLocalUnicast()", "false"},
    {"ip('192.168.0.1').isGlobalUnicast() && ip('2001:db8::abcd').isGlobalUnicast()", "true"},
    {"ip('255.255.255.255').isGlobalUnicast() || ip('ff00::1').isGlobalUnicast() || "
     "ip('127.0.0.1').isGlobalUnicast()",
     "false"},
    {"ip('::1') == ip('0::1')", "true"},
    {"ip('::1') == ip('::2')", "false"},
    {"type(ip('::1')) == net.IP", "true"},
    {"string(ip('2001:DB8::0:1'))", "\"2001:db8::1\""},
};

constexpr Case kCidr[] = {
    {"cidr('192.168.0.1/16')", "cidr(\"192.168.0.1/16\")"},
    {"cidr('192.168.0.0/33')", "error: "},
    {"cidr('192.168.0.0')", "error: "},
    {"isCIDR('::/0') && isCIDR('::1/128') && isCIDR('10.0.0.0/8')", "true"},
    {"isCIDR('::1/129') || isCIDR('1.2.3.4/') || isCIDR('1.2.3.4/08') || isCIDR('1.2.3.4/+8') || "
     "isCIDR('fe80::%a/10')",
     "false"},
    {"cidr('192.168.0.0/24').containsIP('192.168.0.1') && "
     "cidr('192.168.0.0/24').containsIP(ip('192.168.0.255'))",
     "true"},
    {"cidr('192.168.0.0/24').containsIP('192.168.1.1')", "false"},
    {"cidr('0.0.0.0/0').containsIP('::1')", "false"},
    {"cidr('192.168.0.0/24').containsIP('nonsense')", "error: "},
    {"cidr('192.168.0.0/16').containsCIDR('192.168.10.0/24')", "true"},
    {"cidr('192.168.0.0/16').containsCIDR(cidr('192.168.10.0/24'))", "true"},
    {"cidr('192.168.10.0/24').containsCIDR('192.168.0.0/16')", "false"},
    {"cidr('192.168.1.0/24').containsCIDR('192.168.2.0/24')", "false"},
    {"cidr('10.0.0.0/9').containsCIDR('10.128.0.0/9')", "false"},
    {"cidr('::/0').containsCIDR('::1/128')", "true"},
    {"cidr('192.168.0.1/24').ip() == ip('192.168.0.1')", "true"},
    {"cidr('192.168.0.1/24').masked() == cidr('192.168.0.0/24')", "true"},
    {"cidr('192.168.0.1/24') == cidr('192.168.0.1/24').masked()", "false"},
    {"cidr('10.255.255.255/9').masked()", "cidr(\"10.128.0.0/9\")"},
    {"cidr('1.2.3.4/0').masked()", "cidr(\"0.0.0.0/0\")"},
    {"cidr('::1/128').prefixLength()", "128"},
    {"type(cidr('::/0')) == net.CIDR", "true"},
    {"string(cidr('2001:DB8::/32'))", "\"2001:db8::/32\""},
};

TEST(LibNetwork, BothDialects) {
  for (Dialect dialect : {Dialect::kStandard, Dialect::kKubernetes}) {
    ExpectAll(kIp, dialect);
    ExpectAll(kCidr, dialect);
  }
}

TEST(LibNetwork, KubernetesCosts) {
  const struct {
    const char* expression;
    uint64_t cost;
  } kCases[] = {
      {"ip('192.168.0.1')", 2},
      {"ip('2001:db8:3333:4444:5555:6666:7777:8888').isLoopback()", 5},
      {"ip.isCanonical('192.168.0.1')", 3},
      {"ip.isCanonical('2001:db8:3333:4444:5555:6666:7777:8888')", 8},
      {"cidr('192.168.0.0/16').masked()", 3},
      {"cidr('192.168.0.0/16').containsCIDR(cidr('192.0.0.0/30'))", 7},
      {"cidr('192.168.0.0/16').containsCIDR('192.0.0.0/30')", 7},
      {"cidr('192.168.0.0/16').containsIP(ip('192.0.0.1'))", 4},
      {"cidr('192.168.0.0/16').containsIP('192.169.0.1')", 5},
      {"cidr('2001:db8::/32').containsIP('2001:db8::1')", 5},
  };
  for (const auto& c : kCases)
    EXPECT_EQ(RunExpression(c.expression, EnvironmentOf(Dialect::kKubernetes)).cost, c.cost) << c.expression;
}

}  // namespace
}  // namespace guard::cel::test

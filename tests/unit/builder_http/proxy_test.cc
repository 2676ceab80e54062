#include "rootless-builder/http/proxy.h"

#include <map>

namespace guard::builder::http {
namespace {

TEST(Proxies, ExceptionsAreHostsSuffixesAddressesAndNetworks) {
  Proxies proxies = *Proxies::Make(
      "http://proxy:3128", "proxy:3129",
      "example.com, .internal,*.wild.test,10.0.0.0/8,192.168.1.7 ,[2001:db8::1],fd00::/8,ported.test:8443");
  struct Case {
    const char* url;
    bool proxied;
  };
  for (const Case& c :
       std::initializer_list<Case>{{"https://other.com/", true},      {"https://example.com/", false},
                                   {"https://a.example.com/", false}, {"https://badexample.com/", true},
                                   {"https://internal/", true},       {"https://a.internal/", false},
                                   {"https://x.wild.test/", false},   {"https://wild.test/", true},
                                   {"https://10.9.8.7/", false},      {"https://11.0.0.1/", true},
                                   {"https://192.168.1.7/", false},   {"https://192.168.1.8/", true},
                                   {"https://[2001:db8::1]/", false}, {"https://[fd12::1]/", false},
                                   {"https://[2001:db8::2]/", true},  {"https://ported.test:8443/", false},
                                   {"https://ported.test/", true},    {"http://localhost:5000/", false},
                                   {"https://127.0.0.9/", false},     {"https://[::1]/", false},
                                   {"https://EXAMPLE.com/", false}})
    EXPECT_EQ(proxies.For(*ParseUrl(c.url)) != nullptr, c.proxied) << c.url;
  EXPECT_EQ(proxies.For(*ParseUrl("http://other.com/"))->port, 3128);
  EXPECT_EQ(proxies.For(*ParseUrl("https://other.com/"))->port, 3129);
  EXPECT_FALSE(Proxies::Make("http://p", "http://p", "*")->For(*ParseUrl("http://other.com/")));
}

TEST(Proxies, ComeFromTheEnvironmentLowerCaseFirst) {
  std::map<std::string, std::string> variables{{"HTTPS_PROXY", "http://upper:1"},
                                               {"https_proxy", "http://us%40er:p%3Ass@lower:2"},
                                               {"HTTP_PROXY", ""},
                                               {"NO_PROXY", "a.test"}};
  Proxies proxies = *Proxies::FromEnvironment([&](const char* name) -> const char* {
    auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  });
  const Proxy* proxy = proxies.For(*ParseUrl("https://b.test/"));
  ASSERT_TRUE(proxy);
  EXPECT_EQ(proxy->host, "lower");
  EXPECT_EQ(proxy->authorization, "Basic dXNAZXI6cDpzcw==");
  EXPECT_FALSE(proxies.For(*ParseUrl("http://b.test/")));
  EXPECT_FALSE(proxies.For(*ParseUrl("https://a.test/")));
}

TEST(Proxies, WhatIsNotSpokenIsAnErrorWithoutItsPassword) {
  for (const char* text : {"https://u:s3cret@proxy:1", "socks5://u:s3cret@proxy:1",
                           "http://u:s3cret@pro xy:1", "http://u:s3cret@proxy:99999"}) {
    Result<Proxies> proxies = Proxies::Make("", text, "");
    ASSERT_FALSE(proxies) << text;
    EXPECT_EQ(Render(proxies.error()).find("s3cret"), std::string::npos);
  }
}

}  // namespace
}  // namespace guard::builder::http

#include "rootless-builder/http/url.h"

#include "rootless-builder/http/base64.h"

namespace guard::builder::http {
namespace {

TEST(Url, IsReadAndWritten) {
  const std::pair<const char*, const char*> cases[] = {
      {"https://Example.COM", "https://example.com/"},
      {"HTTP://example.com:80/a?b=c#d", "http://example.com/a?b=c"},
      {"https://example.com:443/a/../b/./c/", "https://example.com/b/c/"},
      {"https://example.com:5000?x", "https://example.com:5000/?x"},
      {"http://[::1]:5000/v2/", "http://[::1]:5000/v2/"},
      {"https://example.com/../../x", "https://example.com/x"},
      {"https://example.com/a//b", "https://example.com/a//b"},
      {"https://example.com/a?b/../c", "https://example.com/a?b/../c"},
  };
  for (const auto& [text, expected] : cases) {
    Result<Url> url = ParseUrl(text);
    ASSERT_TRUE(url) << text << ": " << url.error().message;
    EXPECT_EQ(url->ToString(), expected);
  }
}

TEST(Url, IsRefused) {
  for (const char* text :
       {"", "example.com", "ftp://example.com/", "https://", "https:///x", "https://exa mple.com/",
        "https://example.com:0/", "https://example.com:65536/", "https://example.com:x/",
        "https://example.com:-1/", "https://[::1/", "https://[zz]/", "https://[::1]x/",
        "https://user:pass@example.com/", "https://example.com/a b",
        "https://example.com/\r\nX:", "https://-x.com/", "https://example.com/\xc3\xa4"})
    EXPECT_FALSE(ParseUrl(text)) << text;
  EXPECT_EQ(ParseUrl("https://user:s3cret@example.com/").error().message.find("s3cret"), std::string::npos);
}

TEST(Url, LocationsAreRelativeToWhereTheyCameFrom) {
  Url base = *ParseUrl("https://example.com:5000/v2/app/blobs/uploads/?x=1");
  const std::pair<const char*, const char*> cases[] = {
      {"/v2/other", "https://example.com:5000/v2/other"},
      {"other", "https://example.com:5000/v2/app/blobs/uploads/other"},
      {"../x?y=/z", "https://example.com:5000/v2/app/blobs/x?y=/z"},
      {"?y=2", "https://example.com:5000/v2/app/blobs/uploads/?y=2"},
      {"//cdn.example.com/x", "https://cdn.example.com/x"},
      {"http://example.com/x", "http://example.com/x"},
      {"/x?u=http://y/", "https://example.com:5000/x?u=http://y/"},
  };
  for (const auto& [location, expected] : cases) {
    Result<Url> url = ResolveUrl(base, location);
    ASSERT_TRUE(url) << location;
    EXPECT_EQ(url->ToString(), expected);
  }
  for (const char* location : {"", "file:///etc/passwd", "javascript:x", "http://a@b/"})
    EXPECT_FALSE(ResolveUrl(base, location)) << location;
}

TEST(Url, WhatIsShownHasNoQuery) {
  EXPECT_EQ(ParseUrl("https://cdn.example.com/blob?signature=s3cret")->ForShow(),
            "https://cdn.example.com/blob");
}

TEST(Url, QueriesAreEncoded) {
  EXPECT_EQ(WithQuery("/t", "scope", "repository:a/b:pull,push"),
            "/t?scope=repository%3Aa%2Fb%3Apull%2Cpush");
  EXPECT_EQ(WithQuery("/t?a=b", "digest", "sha256:0"), "/t?a=b&digest=sha256%3A0");
}

TEST(Base64, RoundTripsAndRefuses) {
  for (const char* text : {"", "a", "ab", "abc", "abcd", "user:p\xc3\xa4ss"})
    EXPECT_EQ(DecodeBase64(EncodeBase64(text)), text);
  EXPECT_EQ(EncodeBase64("user:pass"), "dXNlcjpwYXNz");
  EXPECT_EQ(DecodeBase64("dXNlcg"), "user");
  for (const char* text : {"a", "a===", "ab=c", "dXNl cg==", "dX-l"})
    EXPECT_FALSE(DecodeBase64(text)) << text;
}

}  // namespace
}  // namespace guard::builder::http

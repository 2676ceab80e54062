// Configurations: what is refused and why, environment, chain ids.
#include "rootless-builder/image/config.h"

#include <gtest/gtest.h>

namespace guard::builder {
namespace {

std::string Minimal(const std::string& more) {
  return R"({"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]})" + more + "}";
}

TEST(ImageConfig, Refused) {
  const struct {
    std::string text, message;
  } kCases[] = {
      {"", "the image configuration is no valid JSON"},
      {"[]", "the image configuration is no JSON object"},
      {"{}", "the image configuration 'os' is missing"},
      {R"({"os":"linux"})", "the image configuration 'architecture' is missing"},
      {R"({"os":"linux","architecture":"amd64"})", "the image configuration 'rootfs' is missing"},
      {R"({"os":"linux","architecture":"amd64","rootfs":{"type":"x"}})",
       "the image configuration 'rootfs' 'type' is 'x', not 'layers'"},
      {R"({"os":"linux","architecture":"amd64","rootfs":{"type":"layers","diff_ids":["sha256:1"]}})",
       "an item of the image configuration 'rootfs' 'diff_ids': 'sha256:1' is no digest"},
      {Minimal(R"(,"os":"linux")"), "the image configuration has the key 'os' twice"},
      {Minimal(R"(,"Config":{})"), "the image configuration has 'Config', which is not written as 'config'"},
      {Minimal(R"(,"config":[])"), "the image configuration 'config' is no object"},
      {Minimal(R"(,"config":{"Env":"A=1"})"), "the image configuration's 'config' 'Env' is no list"},
      {Minimal(R"(,"config":{"Env":[1]})"),
       "an item of the image configuration's 'config' 'Env' is no string"},
      {Minimal(R"(,"config":{"Env":["A=\u0000"]})"),
       "an item of the image configuration's 'config' 'Env' has a NUL byte"},
      {Minimal(R"(,"config":{"User":1000})"), "the image configuration's 'config' 'User' is no string"},
      {Minimal(R"(,"config":{"Healthcheck":{"Retries":1.5}})"),
       "the image configuration's 'config' 'Healthcheck' 'Retries' is no whole number"},
      {Minimal(R"(,"config":{"Healthcheck":{"Interval":18446744073709551615}})"),
       "the image configuration's 'config' 'Healthcheck' 'Interval' is no whole number"},
      {Minimal(R"(,"history":{})"), "the image configuration 'history' is no list"},
      {Minimal(",\"x\":\"\xff\""), "the image configuration is no valid JSON"},
      {Minimal(",\"x\":" + std::string(100'000, '[') + std::string(100'000, ']')),
       "the image configuration is nested too deeply"},
      {std::string(9u << 20, ' '), "the image configuration has 9437184 bytes; 8388608 are the limit"},
  };
  for (const auto& [text, message] : kCases) {
    const auto config = ParseImageConfig(text);
    ASSERT_FALSE(config) << text.substr(0, 200);
    EXPECT_TRUE(config.error().message.starts_with(message)) << config.error().message;
  }
}

TEST(ImageConfig, AbsentDiffersFromEmpty) {
  const auto config = ParseImageConfig(Minimal(R"(,"config":{"Entrypoint":[],"Cmd":null})"));
  ASSERT_TRUE(config);
  ASSERT_TRUE(config->config.entrypoint);
  EXPECT_TRUE(config->config.entrypoint->empty());
  EXPECT_FALSE(config->config.cmd);
  EXPECT_NE(Serialize(*config).find(R"("config":{"Entrypoint":[]})"), std::string::npos);
}

TEST(ImageConfig, Environment) {
  RuntimeConfig config{.env = {"A=1", "B=", "C", "A=2"}};
  std::string scratch;
  EXPECT_EQ(*config.FindEnv("A", scratch), "1");
  EXPECT_EQ(*config.FindEnv("B", scratch), "");
  EXPECT_EQ(*config.FindEnv("C", scratch), "");
  EXPECT_EQ(config.FindEnv("D", scratch), nullptr);
  config.SetEnv("C", "3");
  config.SetEnv("D", "x=y");
  EXPECT_EQ(config.env, (std::vector<std::string>{"A=1", "B=", "C=3", "A=2", "D=x=y"}));
}

TEST(ImageConfig, TextThatIsNoUtf8IsStillWritten) {
  ImageConfig config;
  config.platform = {"linux", "amd64"};
  config.config.working_dir = "/\xff";
  EXPECT_TRUE(ParseImageConfig(Serialize(config)));
}

TEST(ImageConfig, ChainId) {
  const Digest a = Digest::Of("a"), b = Digest::Of("b");
  EXPECT_TRUE(ChainId({}).empty());
  EXPECT_EQ(ChainId({a}), a);
  EXPECT_EQ(ChainId({a, b}), Digest::Of(a.ToString() + " " + b.ToString()));
}

}  // namespace
}  // namespace guard::builder

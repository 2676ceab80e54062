// What a configuration may say, and what is told about one that says something else.
#include "webhook/admission/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/admission/review_case.h"
#include "webhook/admission/rules.h"

namespace guard {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

std::string With(std::string_view rest) {
  return "apiVersion: guardctl.dev/v1\nkind: WebhookConfiguration\n" + std::string(rest);
}

std::string Profile(std::string_view fields) { return With("profiles:\n  ci:\n" + std::string(fields)); }

TEST(WebhookConfig, LoadsWhatTheServerWouldLoad) {
  EXPECT_THAT(
      test::ConfigErrors(With("listen: 127.0.0.1:0\nprofiles:\n  ci: {packs: {build-isolation: deny}}\n")),
      IsEmpty());
}

TEST(WebhookConfig, TellsEveryMistakeAtItsPlace) {
  struct {
    std::string config;
    const char* told;
  } cases[] = {
      {With("profile: {}\n"), "config.yaml:3:1: unknown key 'profile' in the configuration"},
      {With("profile: {}\n"), "did you mean 'profiles'?"},
      {With("profiles: {}\n"), "'profiles' must be a map of at least one profile"},
      {"apiVersion: v1\nkind: WebhookConfiguration\nprofiles: {a: {packs: {build-isolation: deny}}}\n",
       "config.yaml:1:13: apiVersion must be guardctl.dev/v1"},
      {Profile("    packs: {build-isolatoin: deny}\n"),
       "config.yaml:5:13: there is no pack 'build-isolatoin'"},
      {Profile("    packs: {build-isolatoin: deny}\n"), "did you mean 'build-isolation'?"},
      {Profile("    packs: {build-isolation: denied}\n"), "must be deny, warn, audit or steer"},
      {Profile("    guardrails: {no-privilegd: deny}\n"), "did you mean 'no-privileged'?"},
      {Profile("    templates: deny\n"), "names neither packs nor guardrails"},
      {Profile("    packs: {build-isolation: deny}\n    templates: steer\n"), "templates are not steered"},
      {Profile("    packs: {build-isolation: deny}\n    kubernetes: '2'\n"), "config.yaml:6:17"},
      {With("profiles:\n  'a/b': {packs: {build-isolation: deny}}\n"), "a profile's name is at most 63"},
      {Profile("    packs: {build-isolation: deny}\n    exemptions:\n      - {name: x, owner: o, reason: r, "
               "expires: 2027-01-01}\n"),
       "an exemption for everybody and everything"},
      {Profile("    packs: {build-isolation: deny}\n    exemptions:\n      - {name: x, users: [u], owner: o, "
               "expires: 2027-01-01}\n"),
       "an exemption has no 'reason'"},
      {Profile("    packs: {build-isolation: deny}\n    exemptions:\n      - {name: x, users: [u], owner: o, "
               "reason: r, expires: next year}\n"),
       "'expires' must be a date"},
      {Profile("    packs: {build-isolation: deny}\n    exemptions:\n      - {name: x, users: [u], owner: o, "
               "reason: r, expires: 2027-01-01, guardrails: [pss-run-as-non-root]}\n"),
       "there is no guardrail 'pss-run-as-non-root' in this profile"},
      {With("builder: {image: registry.example.com/builder:1}\nprofiles: {a: {packs: {build-isolation: "
            "deny}}}\n"),
       "the builder's image must have a digest"},
      {With("policies: [/nowhere/at/all]\nprofiles: {a: {packs: {build-isolation: deny}}}\n"),
       "/nowhere/at/all"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.config);
    EXPECT_THAT(test::ConfigErrors(c.config), HasSubstr(c.told));
  }
}

TEST(WebhookConfig, ADateExpiresWithItsDay) {
  auto seconds = [](std::string_view text) {
    auto time = ParseExpiry(text);
    return time ? std::chrono::duration_cast<std::chrono::seconds>(time->time_since_epoch()).count() : -1;
  };
  EXPECT_EQ(seconds("1970-01-02"), 2 * 86'400);
  EXPECT_EQ(seconds("1970-01-02T00:00:00Z"), 86'400);
  EXPECT_EQ(seconds("1970-01-02T01:00:00+01:00"), 86'400);
  for (const char* bad : {"", "tomorrow", "2027-13-01", "2027-02-30", "9999-01-01", "1950-01-01"})
    EXPECT_EQ(seconds(bad), -1) << bad;
}

TEST(WebhookRules, TheStrictestPackCountsAndAGuardrailsOwnRowWins) {
  auto rules = test::LoadRules(Profile(
      "    packs: {pod-security-baseline: warn, pod-security-restricted: deny, build-isolation: audit}\n"
      "    guardrails: {no-privileged: steer}\n"));
  std::string text = dynamic_cast<const LoadedRules&>(*rules).Describe();
  EXPECT_THAT(text, HasSubstr("profile ci: kubernetes 1.37, templates warn\n"));
  EXPECT_THAT(text, HasSubstr("  deny pss-privileged "));  // restricted includes baseline
  EXPECT_THAT(text, HasSubstr("  steer no-privileged "));
  EXPECT_THAT(text, HasSubstr("  audit no-dind "));
}

TEST(WebhookRules, TheDigestFollowsWhatDecisionsRestOn) {
  auto digest = [](std::string_view fields) {
    return std::string(test::LoadRules(Profile(fields))->digest());
  };
  std::string plain = digest("    packs: {build-isolation: deny}\n");
  EXPECT_EQ(plain.size(), 64);
  EXPECT_EQ(plain, digest("    packs: {build-isolation: deny}  # a comment\n"));
  EXPECT_NE(plain, digest("    packs: {build-isolation: warn}\n"));
  EXPECT_NE(plain, digest("    packs: {build-isolation: deny}\n    templates: deny\n"));
  EXPECT_NE(plain,
            digest("    packs: {build-isolation: deny}\n    exemptions:\n      - {name: x, users: [u], "
                   "owner: o, reason: r, expires: 2027-01-01}\n"));
}

}  // namespace
}  // namespace guard

// Tested by tests/unit/admission/config_test.cc.
#include "webhook/admission/config.h"

#include <algorithm>

#include "policies/base/image_reference.h"
#include "policies/cel/time.h"
#include "policies/engine/fields.h"

namespace guard {

namespace {

constexpr std::string_view kActions[] = {"audit", "warn", "steer", "deny"};

class ConfigReader {
 public:
  ConfigReader(const Source& source, Errors* errors) : source_(source), errors_(errors) {
    size_t slash = source.name().rfind('/');
    if (slash != std::string::npos) folder_ = source.name().substr(0, slash + 1);
  }

  RulesConfig Read(const Node& root) {
    RulesConfig config;
    Fields top(root, source_, "the configuration", errors_);
    if (!root.is_map()) return config;
    const Node* version = top.Require("apiVersion");
    if (version && version->string() != "guardctl.dev/v1")
      top.Fail(version->span, "apiVersion must be guardctl.dev/v1");
    const Node* kind = top.Require("kind");
    if (kind && kind->string() != "WebhookConfiguration")
      top.Fail(kind->span, "kind must be WebhookConfiguration");
    for (std::string_view key : kServerKeys) top.Find(key);
    config.policies = Paths(top, "policies");
    config.namespaces = Paths(top, "namespaces");
    for (const Node& item : top.List("podKinds")) config.pod_kinds.push_back(ReadPodKind(item));
    if (const Node* builder = top.Find("builder")) config.builder = ReadBuilder(*builder);
    const Node* profiles = top.Require("profiles");
    if (profiles && (!profiles->is_map() || profiles->size == 0))
      top.Fail(profiles->span, "'profiles' must be a map of at least one profile");
    else if (profiles)
      for (const Entry& entry : profiles->map()) config.profiles.push_back(ReadProfile(entry));
    std::ranges::sort(config.profiles, {}, &Profile::name);
    top.Finish();
    return config;
  }

 private:
  std::vector<std::string> Paths(Fields& fields, std::string_view key) {
    std::vector<std::string> paths = Texts(fields, key);
    for (std::string& path : paths)
      if (!path.starts_with('/')) path.insert(0, folder_);
    return paths;
  }

  std::vector<std::string> Texts(Fields& fields, std::string_view key, std::vector<Span>* spans = nullptr) {
    std::vector<std::string> texts;
    for (const Node& item : fields.List(key)) {
      if (item.string().empty()) {
        fields.Fail(item.span, "'" + std::string(key) + "' must be a list of strings, none of them empty");
        continue;
      }
      texts.emplace_back(item.string());
      if (spans) spans->push_back(item.span);
    }
    return texts;
  }

  CustomPodKind ReadPodKind(const Node& node) {
    Fields fields(node, source_, "an item of podKinds", errors_);
    CustomPodKind kind;
    if (!node.is_map()) return kind;
    if (const Node* group = fields.Require("group")) kind.group = group->string();
    kind.kind = fields.RequireText("kind");
    kind.pod_spec_path = fields.RequireText("path");
    fields.Finish();
    return kind;
  }

  BuilderConfig ReadBuilder(const Node& node) {
    Fields fields(node, source_, "'builder'", errors_);
    BuilderConfig builder;
    if (!node.is_map()) return builder;
    builder.image = fields.RequireText("image");
    if (!builder.image.empty()) {
      auto image = ParseImageReference(builder.image);
      if (!image)
        fields.Fail(node.Find("image")->span, "'image' is no image reference: " + image.error().message);
      else if (image->digest.empty())
        fields.Fail(node.Find("image")->span, "the builder's image must have a digest",
                    "what builds are steered to must not change under them: NAME@sha256:...");
    }
    fields.Finish();
    return builder;
  }

  Action ReadAction(const Node& node, std::string_view what) {
    for (size_t i = 0; i < std::size(kActions); ++i)
      if (node.string() == kActions[i]) return static_cast<Action>(i);
    errors_->push_back(source_.ErrorAt(
        node.span, "the action of " + std::string(what) + " must be deny, warn, audit or steer",
        DidYouMean(node.string(), {std::begin(kActions), std::end(kActions)})));
    return Action::kDeny;
  }

  std::vector<ActionRow> ReadActions(Fields& fields, std::string_view key, std::string_view what) {
    std::vector<ActionRow> rows;
    const Node* node = fields.Find(key);
    if (node == nullptr) return rows;
    if (!node->is_map())
      fields.Fail(node->span, "'" + std::string(key) + "' must be a map of names to actions",
                  std::string(key) + ": {NAME: deny}");
    for (const Entry& entry : node->map())
      rows.push_back({std::string(entry.key()), ReadAction(entry.value, entry.key()),
                      source_.ErrorAt(entry.key_span, "there is no " + std::string(what) + " '" +
                                                          std::string(entry.key()) + "'")});
    return rows;
  }

  Profile ReadProfile(const Entry& entry) {
    Profile profile;
    profile.name = entry.key();
    bool plain = !profile.name.empty() && profile.name.size() <= 63 &&
                 profile.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
    if (!plain)
      errors_->push_back(source_.ErrorAt(entry.key_span, "a profile's name is at most 63 of a-z, 0-9 and '-'",
                                         "it stands in the webhook's URL, and in a namespace's label"));
    Fields fields(entry.value, source_, "profile '" + profile.name + "'", errors_);
    if (!entry.value.is_map()) return profile;
    if (std::string version = fields.Text("kubernetes"); !version.empty()) {
      auto parsed = ParseKubernetesVersion(version);
      if (parsed)
        profile.kubernetes = *parsed;
      else
        fields.Fail(entry.value.Find("kubernetes")->span, parsed.error().message, parsed.error().hint);
    }
    profile.packs = ReadActions(fields, "packs", "pack");
    profile.guardrails = ReadActions(fields, "guardrails", "guardrail");
    if (const Node* templates = fields.Find("templates")) {
      profile.templates = ReadAction(*templates, "templates");
      if (profile.templates == Action::kSteer)
        fields.Fail(templates->span, "templates are not steered: their pods are", "deny, warn or audit");
    }
    for (const Node& item : fields.List("exemptions")) profile.exemptions.push_back(ReadExemption(item));
    if (profile.packs.empty() && profile.guardrails.empty())
      fields.Fail(entry.key_span, "profile '" + profile.name + "' names neither packs nor guardrails");
    fields.Finish();
    return profile;
  }

  Exemption ReadExemption(const Node& node) {
    Fields fields(node, source_, "an exemption", errors_);
    Exemption exemption;
    if (!node.is_map()) return exemption;
    exemption.name = fields.RequireText("name");
    exemption.users = Texts(fields, "users");
    exemption.groups = Texts(fields, "groups");
    exemption.namespaces = Texts(fields, "namespaces");
    exemption.images = Texts(fields, "images");
    std::vector<Span> spans;
    exemption.guardrails = Texts(fields, "guardrails", &spans);
    for (size_t i = 0; i < spans.size(); ++i)
      exemption.unknown_guardrails.push_back(source_.ErrorAt(
          spans[i], "there is no guardrail '" + exemption.guardrails[i] + "' in this profile"));
    if (const Node* labels = fields.Find("labels")) {
      if (!labels->is_map()) fields.Fail(labels->span, "'labels' must be a map of labels to values");
      for (const Entry& entry : labels->map()) {
        if (!entry.value.is_string()) fields.Fail(entry.value.span, "a label's value must be a string");
        exemption.labels.emplace_back(entry.key(), entry.value.string());
      }
    }
    exemption.owner = fields.RequireText("owner");
    exemption.reason = fields.RequireText("reason");
    exemption.expires_text = fields.RequireText("expires");
    if (!exemption.expires_text.empty()) {
      auto expires = ParseExpiry(exemption.expires_text);
      if (expires)
        exemption.expires = *expires;
      else
        fields.Fail(node.Find("expires")->span, expires.error().message);
    }
    if (exemption.users.empty() && exemption.groups.empty() && exemption.namespaces.empty() &&
        exemption.labels.empty() && exemption.images.empty())
      fields.Fail(fields.begin(),
                  "an exemption for everybody and everything is a profile without the guardrail",
                  "name users, groups, namespaces, labels or images");
    fields.Finish();
    return exemption;
  }

  const Source& source_;
  Errors* errors_;
  std::string folder_;
};

}  // namespace

RulesConfig ReadRulesConfig(const Node& root, const Source& source, std::vector<Error>* errors) {
  return ConfigReader(source, errors).Read(root);
}

Result<std::chrono::system_clock::time_point> ParseExpiry(std::string_view text) {
  constexpr int64_t kDay = 86'400;
  int64_t seconds = 0;
  int32_t nanos = 0;
  if (text.size() == 10 && cel::ParseTimestamp(std::string(text) + "T00:00:00Z", &seconds, &nanos))
    seconds += kDay;
  else if (!cel::ParseTimestamp(text, &seconds, &nanos))
    return Fail("'expires' must be a date such as 2027-03-31, or an RFC 3339 time");
  // The clock counts nanoseconds in 64 bits: to the year 2262.
  constexpr int64_t kLast = 9'000'000'000;
  if (seconds > kLast || seconds < 0) return Fail("'expires' must lie between the years 1970 and 2255");
  return std::chrono::system_clock::time_point(std::chrono::seconds(seconds));
}

}  // namespace guard

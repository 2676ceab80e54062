// Pods as real controllers make them: NAME.yaml, what becomes of it in NAME.steered.yaml (with what is told
// and what is left for the validating webhook on top), and the patch that goes to the API server in
// NAME.patch.json.
#include <gtest/gtest.h>

#include "tests/support/golden.h"
#include "tests/unit/admission/steer_case.h"
#include "webhook/admission/json_patch.h"

namespace guard {
namespace {

using nlohmann::json;

std::string Comment(std::string_view title, const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += "# " + std::string(title) + ": " + line + '\n';
  return text;
}

std::string PatchText(const json& patch) {
  std::string text = "[";
  for (size_t i = 0; i < patch.size(); ++i) text += (i == 0 ? "\n " : ",\n ") + patch[i].dump();
  return text + (patch.empty() ? "]\n" : "\n]\n");
}

TEST(SteerGolden, PodsOfRealControllers) {
  for (const auto& path : test::GoldenInputs("admission/steer", ".yaml")) {
    if (path.string().ends_with(".steered.yaml")) continue;
    SCOPED_TRACE(path.filename().string());
    const json pod = test::FromYaml(test::ReadFile(path));
    const SteerResult result = Steer(pod, test::Options());
    test::ExpectSteeredWell(pod, result, test::Options());

    const json& shown = result.proposal.is_null() ? result.pod : result.proposal;
    std::string text = Comment("done", result.done) + Comment("not steered", result.not_steered);
    std::set<std::string> left = test::Findings(shown);
    text += Comment("left to the guardrails", {left.begin(), left.end()});
    if (!result.changed)
      text += result.proposal.is_null() ? "# Nothing is changed.\n"
                                        : "# Nothing is changed. What it should have been:\n";
    if (result.changed || !result.proposal.is_null()) text += test::ToYaml(shown);
    if (!text.ends_with('\n')) text += '\n';
    std::string stem = "admission/steer/" + path.stem().string();
    test::ExpectGolden(stem + ".steered.yaml", text);
    test::ExpectGolden(stem + ".patch.json", PatchText(DiffPatch(pod, shown)));
  }
}

}  // namespace
}  // namespace guard

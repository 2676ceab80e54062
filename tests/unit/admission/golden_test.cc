// Reviews and what comes back, a file a case: NAME.yaml holds `config`, `profile`, `route` and `review`, and
// `files` that the configuration names.
#include <gtest/gtest.h>

#include <fstream>

#include "policies/document/document.h"
#include "policies/document/value.h"
#include "tests/support/golden.h"
#include "tests/unit/admission/review_case.h"

namespace guard {
namespace {

// A part of the case as YAML text of its own.
std::string TextOf(const Node& node) { return BlockText(Value(node), 0, {}); }

TEST(AdmissionGolden, Reviews) {
  for (const auto& path : test::GoldenInputs("admission/reviews", ".yaml")) {
    SCOPED_TRACE(path.string());
    Source source(path.filename().string(), test::ReadFile(path));
    Documents documents = ReadYaml(source, YamlSchema::kKubernetes);
    ASSERT_FALSE(documents.error) << Render(*documents.error);
    const Node& root = documents.all.at(0).root;
    std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / path.stem();
    std::filesystem::create_directories(folder);
    if (const Node* files = root.Find("files"))
      for (const Entry& file : files->map()) std::ofstream(folder / file.key()) << file.value.string();
    auto rules = test::LoadRules(TextOf(*root.Find("config")), folder.string() + "/");
    std::filesystem::remove_all(folder);
    Route route = root.FindString("route") == "steer" ? Route::kSteer : Route::kValidate;
    Answer answer = test::Review(rules, route, root.FindString("profile"), TextOf(*root.Find("review")));
    std::filesystem::path expected = path;
    test::ExpectGolden(
        std::filesystem::path("admission/reviews") / expected.filename().replace_extension(".answer"),
        test::Show(answer));
  }
}

}  // namespace
}  // namespace guard

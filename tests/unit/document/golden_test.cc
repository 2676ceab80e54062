#include <gtest/gtest.h>

#include "policies/document/document.h"
#include "tests/support/golden.h"

namespace guard {
namespace {

// tests/golden/document/NAME.yaml (read as Kubernetes does; NAME.core12.yaml, NAME.yaml11.yaml as those) and
// NAME.json, beside what they are read as: NAME....tree.
TEST(Document, ReadsAsTheGoldenTrees) {
  for (const char* suffix : {".yaml", ".json"}) {
    for (const std::filesystem::path& input : test::GoldenInputs("document", suffix)) {
      std::string name = input.filename().string();
      SCOPED_TRACE(name);
      Source source(name, test::ReadFile(input));
      YamlSchema schema = name.ends_with(".core12.yaml")   ? YamlSchema::kCore12
                          : name.ends_with(".yaml11.yaml") ? YamlSchema::kYaml11
                                                           : YamlSchema::kKubernetes;
      Documents read = name.ends_with(".json") ? ReadJson(source) : ReadYaml(source, schema);
      std::string text;
      for (const Document& document : read.all)
        text += "document " + std::to_string(document.index) + "\n" + Dump(document.root, source);
      if (read.error) text += Render(*read.error) + "\n";
      test::ExpectGolden("document/" + name + ".tree", text);
    }
  }
}

}  // namespace
}  // namespace guard

// The conformance corpus through the parser: what has a value must parse. (Where an error is expected, it may
// come later.)
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "policies/cel/parser.h"
#include "tests/support/golden.h"

namespace guard::cel {
namespace {

TEST(ParseCorpus, WhatHasAValueParses) {
  std::filesystem::path corpus = test::Corpus();
  if (corpus.empty()) GTEST_SKIP() << "GUARD_CORPUS names no folder";
  size_t cases = 0;
  for (const auto& file : std::filesystem::directory_iterator(corpus / "cel")) {
    std::ifstream lines(file.path());
    for (std::string line; std::getline(lines, line);) {
      nlohmann::json c = nlohmann::json::parse(line);
      ParseOptions options;
      options.block_macro = true;
      options.macros = !c.value("disable_macros", false);
      std::string text = c["expr"];
      auto ast = Parse(text, options);
      ++cases;
      if (ast) {
        EXPECT_FALSE(Print(*(*ast)->root).empty()) << c["case"];
      } else if (!c.contains("error")) {
        ADD_FAILURE() << c["case"] << "\n" << Render(ToError(ast.error()[0], text, "expression"));
      }
    }
  }
  EXPECT_GT(cases, 1000u);
}

}  // namespace
}  // namespace guard::cel

// The checker against the conformance corpus: what has a value checks.
#include <gtest/gtest.h>
#include <simdjson.h>

#include <fstream>

#include "policies/cel/environment.h"
#include "policies/cel/parser.h"
#include "tests/support/golden.h"

namespace guard::cel {
namespace {

using simdjson::dom::element;

// The type of a binding in the corpus's typed JSON; dyn where its items differ or are none.
const Type* TypeOfBinding(TypePool& types, element value) {
  simdjson::dom::object fields;
  if (value.get_object().get(fields) != simdjson::SUCCESS) return &kDynType;
  auto field = *fields.begin();
  if (field.key == "list" || field.key == "map") {
    const Type *key = nullptr, *item = nullptr;
    auto join = [](const Type* a, const Type* b) { return a == nullptr || a == b ? b : &kDynType; };
    for (element entry : field.value.get_array()) {
      if (field.key == "map") key = join(key, TypeOfBinding(types, entry.at(0)));
      item = join(item, TypeOfBinding(types, field.key == "map" ? element(entry.at(1)) : entry));
    }
    if (item == nullptr) key = item = &kDynType;
    return field.key == "map" ? types.Map(key, item) : types.List(item);
  }
  constexpr std::pair<std::string_view, const Type*> kScalars[] = {
      {"int", &kIntType},
      {"uint", &kUintType},
      {"double", &kDoubleType},
      {"string", &kStringType},
      {"bytes", &kBytesType},
      {"bool", &kBoolType},
      {"null", &kNullType},
      {"timestamp", &kTimestampType},
      {"timestamp_parts", &kTimestampType},
      {"duration", &kDurationType},
      {"duration_parts", &kDurationType},
  };
  for (const auto& [name, type] : kScalars)
    if (field.key == name) return type;
  return &kDynType;
}

bool Flag(element value, std::string_view key) {
  bool flag = false;
  return value[key].get(flag) == simdjson::SUCCESS && flag;
}

TEST(CheckCorpus, WhatHasAValueChecks) {
  if (test::Corpus().empty()) GTEST_SKIP() << "GUARD_CORPUS is not set";
  Environment standard(Dialect::kStandard);
  simdjson::dom::parser json;
  size_t checked = 0;
  for (const auto& file : std::filesystem::directory_iterator(test::Corpus() / "cel")) {
    std::ifstream lines(file.path());
    for (std::string line; std::getline(lines, line);) {
      element c;
      ASSERT_EQ(json.parse(line).get(c), simdjson::SUCCESS) << line;
      if (Flag(c, "disable_check") || Flag(c, "proto") || Flag(c, "unknown")) continue;
      Environment env(standard, nullptr);
      std::string_view container;
      if (c["container"].get(container) == simdjson::SUCCESS) env.set_container(std::string(container));
      simdjson::dom::object bindings;
      if (c["bindings"].get(bindings) == simdjson::SUCCESS)
        for (auto binding : bindings) env.Declare(binding.key, TypeOfBinding(env.types(), binding.value));
      ParseOptions options = env.parse_options();
      options.macros = !Flag(c, "disable_macros");
      std::string_view text = c["expr"].get_string();
      auto ast = Parse(text, options);
      ASSERT_TRUE(ast) << text;
      TypePool types;
      for (const Issue& issue : Check(**ast, env, types))
        ADD_FAILURE() << c["case"].get_string().value() << ": " << text << "\n  " << issue.message << "\n  "
                      << issue.hint;
      ++checked;
    }
  }
  EXPECT_GT(checked, 1000u);
}

}  // namespace
}  // namespace guard::cel

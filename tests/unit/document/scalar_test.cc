#include "policies/document/scalar.h"

#include <gtest/gtest.h>

namespace guard {
namespace {

// What `a: TEXT` is read as: "int 5", "string", "bool true", ... or "error".
std::string Read(YamlSchema schema, const std::string& text) {
  Source source("f", "a: " + text + "\n");
  Documents read = ReadYaml(source, schema);
  if (read.error) return "error";
  const Node* node = read.all[0].root.Find("a");
  switch (node->kind) {
    case NodeKind::kNull: return "null";
    case NodeKind::kBool: return node->boolean ? "true" : "false";
    case NodeKind::kInt: return std::to_string(node->integer);
    case NodeKind::kDouble: return DoubleText(node->real);
    case NodeKind::kString: return "'" + std::string(node->string()) + "'";
    default: return "container";
  }
}

struct Case {
  const char* text;
  const char* kubernetes;
  const char* yaml11;
  const char* core12;
};

TEST(Schema, PlainScalars) {
  const Case kCases[] = {
      {"x", "'x'", "'x'", "'x'"},
      {"", "null", "null", "null"},
      {"~", "null", "null", "null"},
      {"null", "null", "null", "null"},
      {"NULL", "null", "null", "null"},
      {"nULL", "'nULL'", "'nULL'", "'nULL'"},
      {"true", "true", "true", "true"},
      {"FALSE", "false", "false", "false"},
      {"yes", "true", "true", "'yes'"},
      {"On", "true", "true", "'On'"},
      {"OFF", "false", "false", "'OFF'"},
      {"oN", "'oN'", "'oN'", "'oN'"},
      {"y", "true", "'y'", "'y'"},
      {"N", "false", "'N'", "'N'"},
      {"0", "0", "0", "0"},
      {"-0", "0", "0", "0"},
      {"+12", "12", "12", "12"},
      {"017", "15", "15", "17"},
      {"0o17", "15", "15", "15"},
      {"08", "8", "8.0", "8"},
      {"0x1F", "31", "31", "31"},
      {"0X1f", "31", "31", "'0X1f'"},
      {"-0x10", "-16", "-16", "'-0x10'"},
      {"0b101", "5", "5", "'0b101'"},
      {"-0b101", "-5", "-5", "'-0b101'"},
      {"0x", "'0x'", "'0x'", "'0x'"},
      {"1_000", "1000", "1000", "'1_000'"},
      {"0x_0A_74_AE", "685230", "685230", "'0x_0A_74_AE'"},
      {"9223372036854775807", "9223372036854775807", "9223372036854775807", "9223372036854775807"},
      {"-9223372036854775808", "-9223372036854775808", "-9223372036854775808", "-9223372036854775808"},
      {"9223372036854775808", "9223372036854775808.0", "9223372036854775808.0", "9223372036854775808.0"},
      {"0xFFFFFFFFFFFFFFFFFF", "4.722366482869645e+21", "4.722366482869645e+21", "4.722366482869645e+21"},
      {"1.5", "1.5", "1.5", "1.5"},
      {"1.0", "1", "1.0", "1.0"},
      {"1e3", "1000", "1000.0", "1000.0"},
      {".5", "0.5", "0.5", "0.5"},
      {"5.", "5", "5.0", "5.0"},
      {"685.230_15e+03", "685230.15", "685230.15", "'685.230_15e+03'"},
      {"1e999", "'1e999'", "'1e999'", "'1e999'"},
      {"1e-999", "0", "0.0", "0.0"},
      {".", "'.'", "'.'", "'.'"},
      {"-", "error", "error", "error"},
      {"+", "'+'", "'+'", "'+'"},
      {"1.2.3", "'1.2.3'", "'1.2.3'", "'1.2.3'"},
      {"500m", "'500m'", "'500m'", "'500m'"},
      {"1e", "'1e'", "'1e'", "'1e'"},
      {".inf", "error", ".inf", ".inf"},
      {"-.Inf", "error", "-.inf", "-.inf"},
      {".NaN", "error", ".nan", ".nan"},
      {"22:22", "'22:22'", "1342", "'22:22'"},
      {"190:20:30", "'190:20:30'", "685230", "'190:20:30'"},
      {"1:60", "'1:60'", "'1:60'", "'1:60'"},
      {"2001-01-01", "'2001-01-01'", "'2001-01-01'", "'2001-01-01'"},
      {"2001-01-01T10:00:00Z", "'2001-01-01T10:00:00Z'", "'2001-01-01T10:00:00Z'", "'2001-01-01T10:00:00Z'"},
      {"<<", "'<<'", "'<<'", "'<<'"},
      {"'yes'", "'yes'", "'yes'", "'yes'"},
      {"\"12\"", "'12'", "'12'", "'12'"},
      {"|\n  12", "'12\n'", "'12\n'", "'12\n'"},
      {"!!str 12", "'12'", "'12'", "'12'"},
      {"!!int \"12\"", "12", "12", "12"},
      {"!!int 1.5", "error", "error", "error"},
      {"!!int 1.0", "error", "error", "error"},
      {"!!bool yes", "true", "true", "error"},
      {"!!bool 1", "error", "error", "error"},
      {"!!float 1", "1", "1.0", "1.0"},
      {"!!float '1.25'", "1.25", "1.25", "1.25"},
      {"!!null ''", "null", "null", "null"},
      {"!!null x", "error", "error", "error"},
      {"!!binary aGk=", "'hi'", "'hi'", "'hi'"},
      {"!!binary gA==", "'\xEF\xBF\xBD'", "'\xEF\xBF\xBD'", "'\xEF\xBF\xBD'"},
      {"!!binary a", "error", "error", "error"},
      {"!!timestamp 2001-01-01", "'2001-01-01'", "'2001-01-01'", "'2001-01-01'"},
      {"! 12", "'12'", "'12'", "'12'"},
      {"!own 12", "'12'", "'12'", "'12'"},
      {"!<tag:yaml.org,2002:int> '7'", "7", "7", "7"},
  };
  for (const Case& c : kCases) {
    EXPECT_EQ(Read(YamlSchema::kKubernetes, c.text), c.kubernetes) << c.text;
    EXPECT_EQ(Read(YamlSchema::kYaml11, c.text), c.yaml11) << c.text;
    EXPECT_EQ(Read(YamlSchema::kCore12, c.text), c.core12) << c.text;
  }
}

std::string ReadKey(YamlSchema schema, const std::string& text) {
  Source source("f", text + ": x\n");
  Documents read = ReadYaml(source, schema);
  return read.error ? "error" : std::string(read.all[0].root.map()[0].key());
}

TEST(Schema, KeysBecomeWhatKubernetesMakesOfThem) {
  const struct {
    const char* text;
    const char* kubernetes;
  } kCases[] = {
      {"name", "name"},
      {"on", "true"},
      {"No", "false"},
      {"y", "true"},
      {"'on'", "on"},
      {"1", "1"},
      {"0x1F", "31"},
      {"1_000", "1000"},
      {"1.50", "1.5"},
      {"1000000.0", "1e+06"},
      {".5", "0.5"},
      {".inf", ".inf"},
      {"null", "error"},
      {"~", "error"},
      {"'null'", "null"},
      {"", "error"},
      {"9223372036854775808", "error"},
      {"2001-01-01", "2001-01-01"},
      {"!!str on", "on"},
      {"!!int '5'", "5"},
      {"[a]", "error"},
      {"{a: b}", "error"},
  };
  for (const auto& c : kCases) EXPECT_EQ(ReadKey(YamlSchema::kKubernetes, c.text), c.kubernetes) << c.text;
  for (const char* text : {"on", "null", "0x1F", "1.50", "~"}) {
    EXPECT_EQ(ReadKey(YamlSchema::kYaml11, text), text);
    EXPECT_EQ(ReadKey(YamlSchema::kCore12, text), text);
  }
}

TEST(DoubleText, ReadsBack) {
  for (double value : {0.0, 1.0, -1.5, 1e30, 1e-30, 0.1, 123456789012345680.0}) {
    std::string text = DoubleText(value);
    EXPECT_EQ(ParseDouble(text), value) << text;
    EXPECT_NE(text.find_first_of(".e"), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace guard

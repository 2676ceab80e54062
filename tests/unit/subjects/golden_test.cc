// Every manifest below tests/golden/subjects, and the subjects that are expected of it.
#include <gtest/gtest.h>

#include <filesystem>

#include "policies/engine/locate.h"
#include "policies/subjects/kubernetes.h"
#include "policies/subjects/recognise.h"
#include "tests/support/golden.h"

namespace guard {
namespace {

std::string Indented(std::string_view text) {
  std::string indented;
  while (!text.empty()) {
    size_t end = std::min(text.find('\n'), text.size() - 1);
    indented.append("    ").append(text.substr(0, end + 1));
    text.remove_prefix(end + 1);
  }
  return indented;
}

std::string Describe(const Subject& subject, const Source& source) {
  LineColumn place = source.Locate(subject.span.begin);
  std::string text(ToString(subject.kind));
  text += ' ' + subject.Id() + " at '" + subject.path + "' named " + std::to_string(place.line) + ':' +
          std::to_string(place.column) + '\n';
  if (subject.kind != SubjectKind::kPod) return text;
  text += Indented(Dump(subject.value, source));
  Locator locator(subject);
  const Node* containers = subject.value.Find("containers");
  for (const Node& container : containers->list()) text += "  container " + locator.PathTo(&container) + '\n';
  for (const Entry& entry : subject.value.map())
    if (entry.key() != "containers" && entry.key() != "metadata")
      text += "  " + std::string(entry.key()) + ' ' + locator.PathTo(&entry.value) + '\n';
  return text;
}

TEST(SubjectsGolden, AreThoseExpected) {
  for (const std::filesystem::path& input : test::GoldenInputs("subjects", ".yaml")) {
    SCOPED_TRACE(input.filename().string());
    Source source(input.filename().string(), test::ReadFile(input));
    Documents documents = ReadManifest(source);
    std::string text;
    if (documents.error) text += Render(*documents.error) + '\n';
    ProjectOptions options;
    options.custom.push_back({"example.com", "Machine", "spec.parts.pod"});
    std::vector<Subject> subjects;
    for (const Document& document : documents.all) ProjectKubernetes(documents, document, options, &subjects);
    for (const Subject& subject : subjects) text += Describe(subject, source);
    std::filesystem::path expected = std::filesystem::path("subjects") / input.filename();
    test::ExpectGolden(expected.replace_extension(".subjects"), text);
  }
}

}  // namespace
}  // namespace guard

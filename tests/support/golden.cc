#include "tests/support/golden.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace guard::test {

std::filesystem::path SourceRoot() { return GUARD_SOURCE_DIR; }

std::filesystem::path Corpus() {
  const char* corpus = std::getenv("GUARD_CORPUS");
  return corpus && std::filesystem::is_directory(corpus) ? corpus : "";
}

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void ExpectGolden(const std::filesystem::path& path, std::string_view actual) {
  std::filesystem::path file = SourceRoot() / "tests/golden" / path;
  if (std::getenv("GUARD_UPDATE_GOLDEN")) {
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << actual;
    return;
  }
  ASSERT_TRUE(std::filesystem::exists(file)) << file << " is missing; GUARD_UPDATE_GOLDEN=1 writes it";
  EXPECT_EQ(ReadFile(file), actual) << "in " << file << "; GUARD_UPDATE_GOLDEN=1 rewrites it";
}

std::vector<std::filesystem::path> GoldenInputs(std::string_view folder, std::string_view suffix) {
  std::vector<std::filesystem::path> inputs;
  std::filesystem::path root = SourceRoot() / "tests/golden" / folder;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root))
    if (entry.is_regular_file() && entry.path().filename().string().ends_with(suffix))
      inputs.push_back(entry.path());
  std::sort(inputs.begin(), inputs.end());
  EXPECT_FALSE(inputs.empty()) << "no " << suffix << " below " << root;
  return inputs;
}

}  // namespace guard::test

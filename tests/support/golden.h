// Golden files: one file a case, compared as text; GUARD_UPDATE_GOLDEN=1 rewrites them (then read the diff).
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace guard::test {

// The root of the source tree.
std::filesystem::path SourceRoot();
// GUARD_CORPUS, or empty: a test that needs it then calls GTEST_SKIP with a message.
std::filesystem::path Corpus();

std::string ReadFile(const std::filesystem::path& path);

// Fails the running test when `actual` is not what `path` (below tests/golden) holds; or rewrites it.
void ExpectGolden(const std::filesystem::path& path, std::string_view actual);

// All files below tests/golden/`folder` whose name ends in `suffix`, sorted. Fails the test when there are
// none.
std::vector<std::filesystem::path> GoldenInputs(std::string_view folder, std::string_view suffix);

}  // namespace guard::test

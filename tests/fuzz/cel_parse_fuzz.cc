// Any text through the lexer, the parser and the macros: a tree that prints, or issues inside the text; never
// a crash.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "policies/base/utf8.h"
#include "policies/cel/parser.h"

namespace {

void Require(bool held) {
  if (!held) std::abort();
}

// The tree of a text, or all that is said about it.
void ParseOne(std::string_view text, const guard::cel::ParseOptions& options) {
  auto ast = guard::cel::Parse(text, options);
  if (ast) {
    Require((*ast)->root != nullptr && (*ast)->root->height <= options.max_height);
    Require(!guard::cel::Print(*(*ast)->root).empty());
    return;
  }
  Require(!ast.error().empty());
  uint32_t before = 0;
  for (const guard::cel::Issue& issue : ast.error()) {
    Require(issue.span.begin >= before && issue.span.begin <= issue.span.end &&
            issue.span.end <= text.size());
    Require(issue.message.size() < 500 && guard::FindInvalidUtf8(issue.message) == std::string_view::npos);
    Require(!issue.message.empty() && !guard::Render(guard::cel::ToError(issue, text, "fuzz")).empty());
    before = issue.span.begin;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 4096) return 0;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  guard::cel::ParseOptions options;
  options.block_macro = true;
  ParseOne(text, options);
  options.macros = options.optional_syntax = options.quoted_fields = false;
  options.max_depth = 20;
  options.max_height = 40;
  ParseOne(text, options);
  return 0;
}

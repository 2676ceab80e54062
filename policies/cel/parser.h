// Text to tree: lexer, grammar and macros of CEL (cel-spec, "Syntax" and "Macros").
#pragma once

#include <expected>
#include <memory>
#include <string_view>
#include <vector>

#include "policies/cel/ast.h"

namespace guard::cel {

struct ParseOptions {
  bool macros = true;           // has, all, exists, exists_one, map, filter, and those below
  bool optional_syntax = true;  // a.?b, a[?b], [?a], {?k: v}, optMap, optFlatMap
  bool two_var_macros = true;   // all, exists, existsOne, transformList, transformMap... with (k, v, ..)
  bool bind_macro = true;       // cel.bind
  bool block_macro = false;     // cel.block, cel.index, cel.iterVar, cel.accuVar
  bool math_macros = true;      // math.greatest, math.least
  bool sort_macro = true;       // sortBy
  bool quoted_fields = true;    // a.`b-c`
  uint32_t max_depth = 250;     // nested expressions; beyond is an error, not a crash
  uint32_t max_height = 1000;   // levels of the tree, which is how long 1+1+...+1 may get
  uint32_t max_size = 100'000;  // bytes of text
};

// All that is wrong with the text, in its order, or its tree with macros expanded. Parsing goes on after a
// mistake where it can.
std::expected<std::unique_ptr<Ast>, std::vector<Issue>> Parse(std::string_view text,
                                                              const ParseOptions& options = {});

}  // namespace guard::cel

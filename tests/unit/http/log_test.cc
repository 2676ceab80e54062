#include "webhook/http/log.h"

#include <gtest/gtest.h>

namespace guard {
namespace {

TEST(Log, TextLinesStayOneLine) {
  EXPECT_EQ(FormatEvent(false, "ready", {{"listen", "127.0.0.1:1"}}), "ready listen=127.0.0.1:1");
  EXPECT_EQ(FormatEvent(false, "a\nb", {{"reason", "two\nlines \"x\""}, {"empty", ""}}),
            "a b reason=\"two\\nlines \\\"x\\\"\" empty=\"\"");
}

TEST(Log, JsonLinesAreJson) {
  EXPECT_EQ(FormatEvent(true, "a \"b\"", {{"reason", "x\n\xff"}}),
            "\"message\":\"a \\\"b\\\"\",\"reason\":\"x\\n\xef\xbf\xbd\"");
}

}  // namespace
}  // namespace guard

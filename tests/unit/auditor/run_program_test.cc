#include "auditor/run_program.h"

#include <gtest/gtest.h>

namespace guard {
namespace {

TEST(RunProgram, GivesWhatWasPrinted) {
  auto text = RunProgram({"printf", "%s", "a b"});
  ASSERT_TRUE(text);
  EXPECT_EQ(*text, "a b");
}

TEST(RunProgram, TellsTheLastLineOfAFailure) {
  auto text = RunProgram({"sh", "-c", "echo first >&2; echo 'values.yaml is broken' >&2; exit 3"});
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().message, "sh failed with status 3: values.yaml is broken");
}

TEST(RunProgram, SaysWhenItIsNotThere) {
  auto text = RunProgram({"no-such-program-anywhere"});
  ASSERT_FALSE(text);
  EXPECT_TRUE(text.error().message.starts_with("cannot run no-such-program-anywhere"))
      << text.error().message;
}

TEST(RunProgram, EndsWhatTakesTooLongOrSaysTooMuch) {
  ProgramLimits limits;
  limits.time = std::chrono::seconds(1);
  auto slow = RunProgram({"sleep", "30"}, limits);
  ASSERT_FALSE(slow);
  EXPECT_EQ(slow.error().message, "sleep took longer than 1 s");
  limits.output = size_t{1} << 20;
  limits.time = std::chrono::seconds(30);
  auto loud = RunProgram({"yes"}, limits);
  ASSERT_FALSE(loud);
  EXPECT_EQ(loud.error().message, "yes wrote more than 1 MiB");
}

}  // namespace
}  // namespace guard

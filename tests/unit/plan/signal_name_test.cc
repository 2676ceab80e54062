#include "rootless-builder/plan/signal_name.h"

#include <gtest/gtest.h>

namespace guard::builder {
namespace {

TEST(SignalName, Known) {
  for (const char* text :
       {"SIGTERM", "TERM", "sigusr1", "9", "1", "64", "SIGRTMIN", "RTMIN+15", "SIGRTMAX-14"})
    EXPECT_TRUE(IsSignal(text)) << text;
}

TEST(SignalName, Unknown) {
  for (const char* text : {"", "0", "65", "-1", "SIG", "SIGTREM", "SIGSIGTERM", "RTMIN+16", "RTMIN-1",
                           "RTMAX-15", "RTMIN+", "9x", "SIG9", "$STOP", "TERM "})
    EXPECT_FALSE(IsSignal(text)) << text;
}

}  // namespace
}  // namespace guard::builder

// Which words STOPSIGNAL takes: a container's runtime looks the signal up when it stops the container, long
// after the build, and a word that it does not know leaves the container running.
#pragma once

#include <string_view>

namespace guard::builder {

// A number of 1 to 64, or a name of Linux with or without SIG, in any case: "TERM", "sigusr1", "SIGRTMIN+3".
bool IsSignal(std::string_view text);

}  // namespace guard::builder

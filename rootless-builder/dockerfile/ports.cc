// Docker's port specifications, of which EXPOSE uses the container's part. Tested by
// tests/unit/dockerfile/values_test.cc.
#include "rootless-builder/dockerfile/ports.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace guard::builder {

namespace {

using Range = std::pair<uint32_t, uint32_t>;

std::optional<uint32_t> ParsePort(std::string_view text) {
  uint32_t port = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port > 65535) return std::nullopt;
  return port;
}

std::optional<Range> ParseRange(std::string_view text) {
  size_t dash = text.find('-');
  std::optional<uint32_t> first = ParsePort(text.substr(0, dash));
  if (!first || dash == std::string_view::npos)
    return first ? std::optional(Range{*first, *first}) : std::nullopt;
  std::optional<uint32_t> last = ParsePort(text.substr(dash + 1));
  if (!last || *last < *first) return std::nullopt;
  return Range{*first, *last};
}

std::unexpected<Error> BadPort(std::string_view word, std::string message) {
  return Fail(
      std::move(message) + " in \"" + std::string(word.substr(0, 80)) + "\"",
      "write a port from 0 to 65535 or a range, and /tcp, /udp or /sctp: EXPOSE 8080 53/udp 8000-8010");
}

}  // namespace

Result<std::vector<std::string>> ParsePorts(std::string_view word) {
  // [address:][host port:]container port[/protocol]; only the last part counts, but all must make sense.
  std::string_view container = word, host;
  size_t colon = word.rfind(':');
  if (colon != std::string_view::npos) {
    container = word.substr(colon + 1);
    host = word.substr(0, colon);
    size_t second = host.rfind(':');
    if (second != std::string_view::npos) {
      std::string_view address = host.substr(0, second);
      if (address.find_first_not_of("0123456789abcdefABCDEF.:[]%") != std::string_view::npos)
        return BadPort(word, "there is no IP address");
      host = host.substr(second + 1);
    }
  }
  size_t slash = container.find('/');
  std::string protocol(slash == std::string_view::npos ? "tcp" : container.substr(slash + 1));
  for (char& c : protocol)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  if (protocol.empty()) protocol = "tcp";
  if (protocol != "tcp" && protocol != "udp" && protocol != "sctp") return BadPort(word, "unknown protocol");
  std::optional<Range> range = ParseRange(container.substr(0, slash));
  if (!range) return BadPort(word, "there is no port");
  if (!host.empty()) {
    std::optional<Range> host_range = ParseRange(host);
    bool fits = host_range && (range->first == range->second ||
                               host_range->second - host_range->first == range->second - range->first);
    if (!fits) return BadPort(word, "the host's ports do not fit");
  }
  std::vector<std::string> ports;
  for (uint32_t port = range->first; port <= range->second; ++port)
    ports.push_back(std::to_string(port) + "/" + protocol);
  return ports;
}

}  // namespace guard::builder

// What CEL's library types read from strings, below the expressions: the first byte chooses the reader. What
// is printed must read back as the same thing.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "policies/cel/ip.h"
#include "policies/cel/named_format.h"
#include "policies/cel/quantity.h"
#include "policies/cel/semver.h"
#include "policies/cel/time.h"
#include "policies/cel/time_zone.h"
#include "policies/cel/url.h"

using namespace guard::cel;

namespace {

void Require(bool holds) {
  if (!holds) abort();
}

void Times(std::string_view text) {
  Time time, again;
  if (ParseTimestamp(text, &time.seconds, &time.nanos)) {
    std::string printed = FormatTimestamp(time.seconds, time.nanos);
    Require(ParseTimestamp(printed, &again.seconds, &again.nanos) && again == time);
  }
  if (ParseDuration(text, &time.seconds, &time.nanos)) {
    Require(DurationOf(Nanoseconds(time)) == time);
    (void)FormatDuration(time.seconds, time.nanos);
  }
}

void Zones(std::string_view text) {
  (void)OffsetInTzif(text, 1'700'000'000);
  (void)OffsetInTzif(text, -1'700'000'000);
  guard::Result<int32_t> offset = OffsetInRule(text, 1'700'000'000);
  if (offset) Require(*offset > -700'000 && *offset < 700'000);
}

void Addresses(std::string_view text) {
  if (guard::Result<IpAddress> address = ParseIp(text)) Require(ParseIp(ToString(*address)) == *address);
  guard::Result<Cidr> cidr = ParseCidr(text);
  if (!cidr) return;
  Require(ParseCidr(ToString(*cidr)) == *cidr);
  Require(Contains(*cidr, cidr->address) && Contains(*cidr, Masked(*cidr)) &&
          Masked(Masked(*cidr)) == Masked(*cidr));
}

void Quantities(std::string_view text) {
  std::string_view first = text.substr(0, text.find(' ')), second = text.substr(first.size());
  if (!second.empty()) second.remove_prefix(1);
  auto a = ParseQuantity(first), b = ParseQuantity(second);
  if (!a) return;
  auto again = ParseQuantity(ToString(*a));
  Require(again ? Compare(*a, *again) == 0 : again.error() == QuantityError::kTooLarge);
  (void)AsApproximateFloat(*a);
  if (!b) return;
  Require(Compare(*a, *b) == -Compare(*b, *a));
  auto sum = Add(*a, *b), back = sum ? Subtract(*sum, *b) : sum;
  if (back) Require(Compare(*back, *a) == 0);
  if (auto difference = Subtract(*a, *b)) Require(Sign(*difference) == Compare(*a, *b));
}

void Urls(std::string_view text) {
  guard::Result<Url> url = ParseUrl(text);
  Require(!url || CheckUrl(text));
  if (!url) return;
  bool ok;
  (void)QueryOf(*url, &ok);
  (void)HostnameOf(*url);
  (void)PortOf(*url);
}

void Versions(std::string_view text) {
  if (guard::Result<Semver> version = ParseSemver(text)) {
    Require(ToString(*version) == text);
    Require(Compare(*version, *version) == 0);
  }
  if (guard::Result<std::string> normal = NormalizeSemver(text))
    if (ParseSemver(*normal)) Require(NormalizeSemver(*normal) == *normal);
}

void Formats(std::string_view text) {
  for (const NamedFormat& format : NamedFormats()) (void)format.validate(text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr void (*kReaders[])(std::string_view) = {Times, Zones,    Addresses, Quantities,
                                                    Urls,  Versions, Formats};
  if (size == 0 || size > 20'000) return 0;
  kReaders[data[0] % 7]({reinterpret_cast<const char*>(data) + 1, size - 1});
  return 0;
}

// The encoders extension (cel-go ext/encoders.go): base64 of RFC 4648, read with and without padding.
// Tested by tests/unit/cel/lib_encoders_test.cc.
#include <array>
#include <string>

#include "policies/cel/cost.h"
#include "policies/cel/environment.h"

namespace guard::cel {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<int8_t, 256> kSextets = [] {
  std::array<int8_t, 256> table{};
  table.fill(-1);
  for (size_t i = 0; i < kAlphabet.size(); ++i)
    table[static_cast<unsigned char>(kAlphabet[i])] = static_cast<int8_t>(i);
  return table;
}();

Value Encode(Evaluation& ev, const Value* args, uint32_t) {
  std::string_view bytes = args[0].string();
  size_t size = (bytes.size() + 2) / 3 * 4;
  if (!HasRoom(ev, size)) return NoRoom(ev);
  char* text = ev.arena().AllocateArray<char>(size);
  for (size_t at = 0, to = 0; at < bytes.size(); at += 3, to += 4) {
    uint32_t group = 0;
    for (size_t i = 0; i < 3; ++i) {
      group = group << 8 | (at + i < bytes.size() ? static_cast<unsigned char>(bytes[at + i]) : 0);
    }
    for (size_t i = 0; i < 4; ++i) {
      text[to + i] = at + i <= bytes.size() ? kAlphabet[group >> (18 - 6 * i) & 63] : '=';
    }
  }
  return Value::String({text, size});
}

bool IsLineEnd(char c) { return c == '\n' || c == '\r'; }

// Line ends may stand anywhere. The bits left over in the last sextet do not matter, as in Go.
Value Decode(Evaluation& ev, const Value* args, uint32_t) {
  std::string_view text = args[0].string();
  if (!HasRoom(ev, text.size())) return NoRoom(ev);
  char* bytes = ev.arena().AllocateArray<char>(text.size() / 4 * 3 + 3);
  auto illegal = [&](size_t at) {
    return ev.Fail("illegal base64 data at input byte " + std::to_string(at));
  };
  size_t size = 0, sextets = 0, at = 0;
  uint32_t group = 0;
  for (; at < text.size(); ++at) {
    if (IsLineEnd(text[at])) continue;
    int8_t sextet = kSextets[static_cast<unsigned char>(text[at])];
    if (sextet < 0) break;
    group = group << 6 | static_cast<uint32_t>(sextet);
    if (++sextets % 4 != 1) bytes[size++] = static_cast<char>(group >> (6 - 2 * ((sextets - 1) % 4)));
  }
  size_t missing = (4 - sextets % 4) % 4;
  if (at < text.size()) {  // padding: all of it, and nothing behind it
    if (missing == 3) return illegal(at);
    for (size_t i = at; i < text.size(); ++i) {
      if (IsLineEnd(text[i])) continue;
      if (text[i] != '=' || missing == 0) return illegal(at);
      --missing;
    }
    if (missing > 0) return illegal(at);
  } else if (missing == 3) {
    return illegal(text.size() - 1);
  }
  return Value::Bytes({bytes, size});
}

uint64_t Cost(const Value* args, uint32_t, const Value&) { return 1 + ScanCost(args[0]); }

}  // namespace

void RegisterEncoders(Environment& env) {
  env.Add({"base64.encode", "base64_encode_bytes", false, {&kBytesType}, &kStringType, Encode, Cost});
  env.Add({"base64.decode", "base64_decode_string", false, {&kStringType}, &kBytesType, Decode, Cost});
}

}  // namespace guard::cel

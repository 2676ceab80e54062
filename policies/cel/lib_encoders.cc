// The encoders extension (cel-go ext/encoders.go).
// Tested by tests/unit/cel/lib_encoders_test.cc.
#include <string>

#include "policies/cel/base64.h"
#include "policies/cel/cost.h"
#include "policies/cel/environment.h"

namespace guard::cel {
namespace {

Value Encode(Evaluation& ev, const Value* args, uint32_t) {
  size_t size = Base64Size(args[0].size);
  if (!HasRoom(ev, size)) return NoRoom(ev);
  char* text = ev.arena().AllocateArray<char>(size);
  EncodeBase64(args[0].string(), text);
  return Value::String({text, size});
}

Value Decode(Evaluation& ev, const Value* args, uint32_t) {
  std::string_view text = args[0].string();
  if (!HasRoom(ev, text.size())) return NoRoom(ev);
  char* bytes = ev.arena().AllocateArray<char>(DecodedSize(text.size()));
  size_t size = 0, bad = 0;
  if (!DecodeBase64(text, bytes, &size, &bad))
    return ev.Fail("illegal base64 data at input byte " + std::to_string(bad));
  return Value::Bytes({bytes, size});
}

uint64_t Cost(const Value* args, uint32_t, const Value&) { return 1 + ScanCost(args[0]); }

}  // namespace

void RegisterEncoders(Environment& env) {
  env.Add({"base64.encode", "base64_encode_bytes", false, {&kBytesType}, &kStringType, Encode, Cost});
  env.Add({"base64.decode", "base64_decode_string", false, {&kStringType}, &kBytesType, Decode, Cost});
}

}  // namespace guard::cel

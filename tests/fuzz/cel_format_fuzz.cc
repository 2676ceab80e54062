// string.format with any format and arguments: it ends, stays within bounds and makes valid UTF-8 of valid
// UTF-8.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <vector>

#include "policies/cel/format.h"
#include "policies/cel/text.h"

namespace {

using namespace guard::cel;

// Up to eight arguments: a byte for the kind, then what it needs.
std::vector<Value> ReadArguments(std::string_view& data) {
  std::vector<Value> out;
  auto number = [&] {
    uint64_t bits = 0;
    size_t size = std::min<size_t>(8, data.size());
    std::memcpy(&bits, data.data(), size);
    data.remove_prefix(size);
    return bits;
  };
  while (!data.empty() && out.size() < 8) {
    char kind = data[0];
    data.remove_prefix(1);
    switch (kind % 8) {
      case 0: out.push_back(Value::Int(static_cast<int64_t>(number()))); break;
      case 1: out.push_back(Value::Uint(number())); break;
      case 2: {
        uint64_t bits = number();
        double real;
        std::memcpy(&real, &bits, sizeof real);
        out.push_back(Value::Double(real));
        break;
      }
      case 3: out.push_back(Value::Bool(kind > 8)); break;
      case 4: {
        size_t size = std::min<size_t>(static_cast<unsigned char>(kind) / 8, data.size());
        out.push_back(Value::Bytes(data.substr(0, size)));
        data.remove_prefix(size);
        break;
      }
      case 5: {
        size_t size = std::min<size_t>(static_cast<unsigned char>(kind) / 8, data.size());
        std::string_view text = data.substr(0, size);
        out.push_back(IsValidUtf8(text) ? Value::String(text) : Value::Null());
        data.remove_prefix(size);
        break;
      }
      case 6: out.push_back(Value::Duration(static_cast<int32_t>(number()), 0)); break;
      default: return out;
    }
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  size_t end = std::min(input.find('\0'), input.size());
  std::string_view format = input.substr(0, end);
  input.remove_prefix(std::min(end + 1, input.size()));
  const std::vector<Value> items = ReadArguments(input);
  std::vector<Value> all = items;
  all.push_back(Value::Items(items.data(), static_cast<uint32_t>(items.size())));
  Value args = Value::Items(all.data(), static_cast<uint32_t>(all.size()));
  for (FormatStyle style : {FormatStyle::kPlain, FormatStyle::kLocalised}) {
    guard::Result<std::string> text = FormatText(format, args, style);
    if (text && IsValidUtf8(format) && !IsValidUtf8(*text)) abort();
    if (text && text->size() > (17u << 20)) abort();
  }
  return 0;
}

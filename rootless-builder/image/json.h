// Reading JSON that others wrote: one strict parse, and typed access that names what is wrong.
//
// Of image/ alone. No key may come twice, and a key that we look for may not be there in another case: Go's
// readers would take the last of them and ours another, so that two tools would see two images in one text.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rootless-builder/image/descriptor.h"

namespace guard::builder {

using Json = nlohmann::json;

inline constexpr size_t kLargestManifest = size_t{4} << 20;
inline constexpr size_t kLargestConfig = size_t{8} << 20;

// An object of at most `limit` bytes and 64 levels. `what` begins every error: "the image configuration".
Result<Json> ParseObject(std::string_view text, size_t limit, std::string_view what);

// The members of one object. An absent member, or null, reads as empty; one of another type is an error.
class Reader {
 public:
  Reader(const Json& object, std::string where) : object_(object), where_(std::move(where)) {}

  Result<const Json*> Find(const char* key) const;  // null: absent, or JSON's null
  Result<const Json*> Object(const char* key) const;
  Result<const Json*> Array(const char* key, size_t most) const;
  Result<std::string> String(const char* key) const;
  Result<int64_t> Integer(const char* key) const;
  Result<bool> Boolean(const char* key) const;
  Result<std::optional<std::vector<std::string>>> Strings(const char* key) const;
  Result<std::map<std::string, std::string>> StringMap(const char* key) const;

  std::string Where(const char* key) const { return where_ + " '" + key + "'"; }
  std::unexpected<Error> Wrong(const char* key, const char* expected) const;

 private:
  const Json& object_;
  std::string where_;
};

// A string without NUL, which nothing that goes to a kernel or a shell can hold.
Result<std::string> TextOf(const Json& value, const std::string& where);

Result<Descriptor> ReadDescriptor(const Json& value, const std::string& where);
Result<std::vector<Descriptor>> ReadDescriptors(const Reader& reader, const char* key, size_t most);
nlohmann::ordered_json ToJson(const Descriptor& descriptor);

// The text of what we made. Texts that are no UTF-8 get replacement characters, as Go writes them.
std::string Dump(const nlohmann::ordered_json& value);

}  // namespace guard::builder

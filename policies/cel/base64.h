// base64 of RFC 4648, read with and without padding.
#pragma once

#include <cstddef>
#include <string_view>

namespace guard::cel {

inline size_t Base64Size(size_t bytes) { return (bytes + 2) / 3 * 4; }
// Writes Base64Size(bytes.size()) characters.
void EncodeBase64(std::string_view bytes, char* text);

// At most this many bytes.
inline size_t DecodedSize(size_t text) { return text / 4 * 3 + 3; }
// Line ends may stand anywhere; the bits left over in the last character do not matter (both as in Go). False
// for what is not base64, with the place.
bool DecodeBase64(std::string_view text, char* bytes, size_t* size, size_t* bad);

}  // namespace guard::cel

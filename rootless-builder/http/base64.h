// Base64 (RFC 4648, 4), as basic authentication and docker's config.json write it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace guard::builder::http {

std::string EncodeBase64(std::string_view bytes);
// Padding may be missing; nothing else is forgiven.
std::optional<std::string> DecodeBase64(std::string_view text);

// "Basic ..." for Authorization and Proxy-Authorization.
std::string BasicAuthorization(std::string_view username, std::string_view password);

}  // namespace guard::builder::http

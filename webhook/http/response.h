// Answers as they go over the wire, made by hand: a fixed head and a body, in one piece and one write.
#pragma once

#include <string>
#include <string_view>

namespace guard {

struct ResponseHead {
  int status = 200;
  std::string_view content_type = "application/json";
  std::string_view date;    // "Date: ...\r\n", or empty
  std::string_view header;  // further lines, each with its line break
  bool keep_alive = true;
  bool http10 = false;  // the caller must be told that the connection stays open
};

void AppendResponse(const ResponseHead& head, std::string_view body, std::string* out);

// A short text for people, with its line break.
void AppendText(ResponseHead head, std::string_view text, std::string* out);

std::string_view ReasonPhrase(int status);

}  // namespace guard

// Tested by response_test.cc.
#include "webhook/http/response.h"

#include <charconv>

namespace guard {
namespace {

void AppendNumber(uint64_t number, std::string* out) {
  char digits[20];
  auto [end, error] = std::to_chars(digits, digits + sizeof(digits), number);
  out->append(digits, end);
}

}  // namespace

std::string_view ReasonPhrase(int status) {
  switch (status) {
    case 200: return "OK";
    case 400: return "Bad Request";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 417: return "Expectation Failed";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    default: return "Unknown";
  }
}

void AppendResponse(const ResponseHead& head, std::string_view body, std::string* out) {
  out->append("HTTP/1.1 ");
  AppendNumber(static_cast<uint64_t>(head.status), out);
  out->append(" ").append(ReasonPhrase(head.status)).append("\r\n").append(head.date);
  out->append("Content-Type: ").append(head.content_type).append("\r\nContent-Length: ");
  AppendNumber(body.size(), out);
  out->append("\r\n").append(head.header);
  if (!head.keep_alive) {
    out->append("Connection: close\r\n");
  } else if (head.http10) {
    out->append("Connection: keep-alive\r\n");
  }
  out->append("\r\n").append(body);
}

void AppendText(ResponseHead head, std::string_view text, std::string* out) {
  head.content_type = "text/plain; charset=utf-8";
  std::string line(text);
  line += '\n';
  AppendResponse(head, line, out);
}

}  // namespace guard

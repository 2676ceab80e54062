// One request and its answer over one connection.
#pragma once

#include "rootless-builder/http/head.h"
#include "rootless-builder/http/stream.h"

namespace guard::builder::http {

// What goes over the wire for a request, decided by the client: who it is for, through what.
struct Wire {
  std::string method;
  Url url;
  Headers headers;
  std::string authorization;        // empty: none
  std::string proxy_authorization;  // of a proxy that reads requests; empty: none
  bool absolute = false;            // the request line names the whole URL, as proxies of plain HTTP want it
  std::string_view body;
  BodySource* source = nullptr;
  const Request* request = nullptr;  // for its sinks and limit
  std::string_view user_agent;
};

struct Exchanged {
  Response response;
  bool reusable = false;  // the connection, for the next request
};

// How far it went, for the question whether it may be tried again.
struct Progressed {
  bool answered = false;   // bytes of an answer came
  bool delivered = false;  // bytes of its body were given away
};

Outcome<Exchanged> Exchange(Stream& stream, const Wire& wire, const Limits& limits, Progressed* progressed);

// Asks a proxy for a connection to the URL's host; afterwards the stream is that connection.
Outcome<void> OpenTunnel(Stream& stream, const Proxy& proxy, const Url& url, const Limits& limits);

// The head of a request; an error for methods and headers that would be another request.
Result<std::string> WriteHead(const Wire& wire);

}  // namespace guard::builder::http

// Kubernetes' URL functions: url(), isURL() and the parts of a URL.
//
// Tested by lib_k8s_url_test.cc.
#include <string>
#include <unordered_map>

#include "policies/cel/cost.h"
#include "policies/cel/environment.h"
#include "policies/cel/function.h"
#include "policies/cel/program.h"
#include "policies/cel/url.h"

namespace guard::cel {
namespace {

// The parts are made when the URL is read; all of them are copies in the evaluation's arena.
struct UrlValue : Opaque {
  std::string_view text, scheme, host, hostname, port, escaped_path, raw_query;
};

const UrlValue& UrlOf(const Value& value) { return *static_cast<const UrlValue*>(value.opaque); }

const Type kUrlType{.kind = TypeKind::kOpaque, .name = "kubernetes.URL"};
constexpr OpaqueClass kUrlClass = {
    "kubernetes.URL",
    [](const Opaque& a, const Opaque& b) {
      return static_cast<const UrlValue&>(a).text == static_cast<const UrlValue&>(b).text;
    },
    [](const Opaque& a) { return ToString(Value::String(static_cast<const UrlValue&>(a).text)); },
    &kUrlType,
};

Value UrlFromString(Evaluation& ev, const Value* args, uint32_t) {
  Result<Url> url = ParseUrl(args[0].string());
  if (!url) return ev.Fail(url.error().message);
  if (!HasRoom(ev, args[0].size * 8ull)) return NoRoom(ev);
  Arena& arena = ev.arena();
  return Value::OfOpaque(arena.New<UrlValue>(Opaque{&kUrlClass}, arena.Copy(url->text),
                                             arena.Copy(url->scheme), arena.Copy(url->host),
                                             arena.Copy(HostnameOf(*url)), arena.Copy(PortOf(*url)),
                                             arena.Copy(url->escaped_path), arena.Copy(url->raw_query)));
}

Value IsUrl(Evaluation&, const Value* args, uint32_t) {
  return Value::Bool(CheckUrl(args[0].string()).has_value());
}

template <std::string_view UrlValue::* part>
Value Part(Evaluation&, const Value* args, uint32_t) {
  return Value::String(UrlOf(args[0]).*part);
}

// {name: [value, ...]}, names in the order of their first appearance.
Value Query(Evaluation& ev, const Value* args, uint32_t) {
  Url url;
  url.raw_query = UrlOf(args[0]).raw_query;
  if (!HasRoom(ev, url.raw_query.size() * 16)) return NoRoom(ev);
  bool ok;
  std::vector<std::pair<std::string, std::string>> pairs = QueryOf(url, &ok);
  if (!ok) return ev.Fail("the URL has too many query parameters");
  std::unordered_map<std::string_view, size_t> index;
  std::vector<std::pair<std::string_view, std::vector<Value>>> groups;
  for (const auto& [name, value] : pairs) {
    auto [at, is_new] = index.try_emplace(name, groups.size());
    if (is_new) groups.push_back({name, {}});
    groups[at->second].second.push_back(ev.MakeString(value));
  }
  std::vector<MapEntry> entries;
  for (const auto& [name, values] : groups) entries.push_back({ev.MakeString(name), ev.MakeList(values)});
  return ev.MakeMap(entries);
}

uint64_t ScanFirst(const Value* args, uint32_t, const Value&) { return ScanCost(args[0]); }

}  // namespace

void RegisterKubernetesUrl(Environment& env) {
  const Type *url = env.types().Opaque("kubernetes.URL"), *string = &kStringType;
  env.AddType("kubernetes.URL", url);
  env.Add({"url", "string_to_url", false, {string}, url, UrlFromString, ScanFirst});
  env.Add({"isURL", "is_url_string", false, {string}, &kBoolType, IsUrl});
  env.Add({"getScheme", "url_get_scheme", true, {url}, string, Part<&UrlValue::scheme>});
  env.Add({"getHost", "url_get_host", true, {url}, string, Part<&UrlValue::host>});
  env.Add({"getHostname", "url_get_hostname", true, {url}, string, Part<&UrlValue::hostname>});
  env.Add({"getPort", "url_get_port", true, {url}, string, Part<&UrlValue::port>});
  env.Add({"getEscapedPath", "url_get_escaped_path", true, {url}, string, Part<&UrlValue::escaped_path>});
  env.Add(
      {"getQuery", "url_get_query", true, {url}, env.types().Map(string, env.types().List(string)), Query});
}

}  // namespace guard::cel

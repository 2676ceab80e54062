// The author's own text with a few places replaced, so that who reads an exported policy knows it again.
//
// Tested by tests/unit/engine/vap_export_test.cc and tests/unit/packs/vap_export_test.cc.
#include "policies/engine/vap_rewrite.h"

#include <algorithm>
#include <vector>

namespace guard {

namespace {

using cel::Expr;
using cel::ExprKind;

bool IsWordChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// ".name" or ".?name" behind a place of the text.
struct Member {
  std::string_view name;
  bool optional = false;
  uint32_t end = 0;
};

Member MemberBehind(std::string_view text, uint32_t at) {
  auto skip = [&] {
    while (at < text.size() && (text[at] == ' ' || text[at] == '\n' || text[at] == '\t')) ++at;
  };
  Member member;
  skip();
  if (at == text.size() || text[at] != '.') return member;
  ++at;
  if (at < text.size() && text[at] == '?') member.optional = true, ++at;
  skip();
  uint32_t begin = at;
  while (at < text.size() && IsWordChar(text[at])) ++at;
  member.name = text.substr(begin, at - begin);
  member.end = at;
  return member;
}

constexpr std::string_view kDindName =
    "r'^(?:.*/)?(?:[^/:@]*[^A-Za-z0-9/:@])?dind(?:[^A-Za-z0-9/:@][^/:@]*)?(?::[^/]*)?(?:@.*)?$'";
constexpr std::string_view kDindTag =
    "r'^(?:.*/)?(?:[^/:@]*[^A-Za-z0-9/:@])?docker(?:[^A-Za-z0-9/:@][^/:@]*)?"
    ":(?:[^/:@]*[^A-Za-z0-9/:@])?dind(?:[^A-Za-z0-9/:@][^/:@]*)?(?:@.*)?$'";

class Rewriter {
 public:
  Rewriter(const Guardrail& guardrail, const cel::Program& program, const RewriteOptions& options)
      : guardrail_(guardrail), text_(program.text()), options_(options) {
    for (const Expr& expr : program.ast().nodes)
      if (IsPlace(expr)) places_.push_back(&expr);
    std::ranges::stable_sort(places_, [](const Expr* a, const Expr* b) {
      return a->span.begin != b->span.begin ? a->span.begin < b->span.begin : a->span.end > b->span.end;
    });
  }

  Result<std::string> Run() { return Text({0, static_cast<uint32_t>(text_.size())}); }

 private:
  static bool IsGuardCall(const Expr& expr) {
    return expr.kind == ExprKind::kCall && expr.name.starts_with("guard.");
  }
  static bool IsPlace(const Expr& expr) {
    if (expr.kind == ExprKind::kIdent) return expr.is_variable;
    if (expr.kind == ExprKind::kSelect && expr.target && IsGuardCall(*expr.target)) return true;
    return IsGuardCall(expr);
  }

  // The text of a part, its places replaced; of places within each other the outermost decides.
  Result<std::string> Text(Span span) {
    std::string out;
    uint32_t at = span.begin;
    for (const Expr* place : places_) {
      if (place->span.begin < at || place->span.end > span.end) continue;
      out += text_.substr(at, place->span.begin - at);
      at = place->span.end;
      out += TRY(Replacement(*place, &at));
    }
    return out + std::string(text_.substr(at, span.end - at));
  }

  // `end` may be moved behind more of the text that the replacement stands for.
  Result<std::string> Replacement(const Expr& place, uint32_t* end) {
    if (place.kind == ExprKind::kSelect) return ImagePart(*place.target, place.name);
    if (place.kind == ExprKind::kCall) return GuardCall(place);
    const std::string& name = place.resolved;
    if (name == "it") return It(*end, end);
    if (name == "object" || name == "resource") return std::string("object");
    if (name == "pod") return Pod(*end, end);
    return Variable(name);
  }

  Result<std::string> Pod(uint32_t at, uint32_t* end) {
    Member member = MemberBehind(text_, at);
    if (member.name.empty()) return Fail("the pod as a whole means something to this project only");
    std::string_view own = member.name == "containers" ? kExportedContainers
                           : member.name == "metadata" ? kExportedMetadata
                                                       : std::string_view();
    if (own.empty()) return "variables." + std::string(kExportedSpec);
    *end = member.end;
    return std::string(member.optional ? "variables.?" : "variables.") + std::string(own);
  }

  Result<std::string> It(uint32_t at, uint32_t* end) {
    Member member = MemberBehind(text_, at);
    if (options_.of_entries) {
      if (member.optional || (member.name != "key" && member.name != "value"))
        return Fail("an entry of a map is used in another way than it.key and it.value");
      *end = member.end;
      if (member.name == "key") return std::string("it");
      return "variables." + std::string(kExportedItems) + "[it]";
    }
    if (member.name != "from") return std::string("it");
    if (options_.from.empty() || member.optional)
      return Fail("where a container comes from is known to this project only");
    *end = member.end;
    return "'" + std::string(options_.from) + "'";
  }

  // Variables of the whole pod become the policy's; those of an item are written out where they are used.
  Result<std::string> Variable(const std::string& name) {
    for (const GuardrailVariable& variable : guardrail_.variables) {
      if (variable.name != name) continue;
      if (!variable.of_item) return "variables." + name;
      return "(" + TRY(Rewriter(guardrail_, variable.program, options_).Run()) + ")";
    }
    return name;
  }

  Result<std::string> Argument(const Expr& call) {
    if (call.args.size() != 1) return Fail("'" + call.name + "' cannot be written in Kubernetes' CEL");
    std::string text = TRY(Text(call.args[0]->span));
    bool simple = std::ranges::all_of(text, [](char c) { return IsWordChar(c) || c == '.'; });
    return simple ? text : "(" + text + ")";
  }

  Result<std::string> GuardCall(const Expr& call) {
    auto matches = [](const std::string& text, const std::string& pattern) {
      return text + ".matches(r'" + pattern + "')";
    };
    if (call.name == "guard.reachesRuntimeSocket")
      return matches(TRY(Argument(call)), RuntimeSocketPattern());
    if (call.name == "guard.reachesHostSecrets") {
      std::string path = TRY(Argument(call));
      return "(" + matches(path, HostSecretsPattern()) + " && (!" + matches(path, HarmlessPathPattern()) +
             " || " + path + ".contains('..') || " + path + ".contains('$')))";
    }
    if (call.name == "guard.isDindImage") {
      std::string image = TRY(Argument(call));
      return "(" + image + ".matches(" + std::string(kDindName) + ") || " + image + ".matches(" +
             std::string(kDindTag) + "))";
    }
    return Fail("'" + call.name + "' cannot be written in Kubernetes' CEL");
  }

  Result<std::string> ImagePart(const Expr& call, const std::string& part) {
    if (call.name == "guard.image" && part == "tag")
      return TRY(Argument(call)) + ".split('@')[0].find(':[^/:]+$').replace(':', '')";
    return Fail("'" + call.name + "(...)." + part + "' cannot be written in Kubernetes' CEL");
  }

  const Guardrail& guardrail_;
  std::string_view text_;
  const RewriteOptions& options_;
  std::vector<const Expr*> places_;
};

}  // namespace

bool AsksItFor(const cel::Program& program, std::string_view field) {
  if (!program) return false;
  return std::ranges::any_of(program.ast().nodes, [&](const Expr& expr) {
    return expr.kind == ExprKind::kIdent && expr.is_variable && expr.resolved == "it" &&
           MemberBehind(program.text(), expr.span.end).name == field;
  });
}

Result<std::string> RewriteForKubernetes(const Guardrail& guardrail, const cel::Program& program,
                                         const RewriteOptions& options) {
  return Rewriter(guardrail, program, options).Run();
}

}  // namespace guard

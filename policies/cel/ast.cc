// Trees as text, and issues as errors with a line and a caret.
//
// Tested by tests/unit/cel/parser_test.cc.
#include "policies/cel/ast.h"

#include <cctype>

namespace guard::cel {

namespace {

std::string_view Name(MacroKind kind) {
  switch (kind) {
    case MacroKind::kNone:
    case MacroKind::kOther: return "fold";
    case MacroKind::kAll: return "all";
    case MacroKind::kExists: return "exists";
    case MacroKind::kExistsOne: return "exists_one";
    case MacroKind::kMap: return "map";
    case MacroKind::kMapFilter: return "map_filter";
    case MacroKind::kFilter: return "filter";
    case MacroKind::kTransformList: return "transform_list";
    case MacroKind::kTransformMap: return "transform_map";
    case MacroKind::kTransformMapEntry: return "transform_map_entry";
    case MacroKind::kBind: return "bind";
  }
  return "fold";
}

// A name as it reads back: in backticks where it is no identifier.
std::string FieldName(std::string_view name) {
  bool plain = !name.empty() && !(name[0] >= '0' && name[0] <= '9');
  for (char c : name) plain = plain && (c == '_' || std::isalnum(static_cast<unsigned char>(c)));
  return plain ? std::string(name) : "`" + std::string(name) + "`";
}

class Printer {
 public:
  std::string Run(const Expr& e) {
    Put(e);
    return std::move(out_);
  }

 private:
  void Put(const Expr& e) {
    switch (e.kind) {
      case ExprKind::kConstant: out_ += ToString(e.constant); break;
      case ExprKind::kIdent: out_ += e.name; break;
      case ExprKind::kSelect:
        if (e.test_only) out_ += "has(";
        Put(*e.target);
        out_ += "." + FieldName(e.name);
        if (e.test_only) out_ += ')';
        break;
      case ExprKind::kCall:
        if (e.target) Put(*e.target), out_ += '.';
        out_ += e.name;
        Sequence('(', e.args.size(), ')', [&](size_t i) { Put(*e.args[i]); });
        break;
      case ExprKind::kList:
        Sequence('[', e.args.size(), ']', [&](size_t i) { Mark(e, i), Put(*e.args[i]); });
        break;
      case ExprKind::kMap:
        Sequence('{', e.args.size() / 2, '}', [&](size_t i) {
          Mark(e, i), Put(*e.args[2 * i]);
          out_ += ": ";
          Put(*e.args[2 * i + 1]);
        });
        break;
      case ExprKind::kStruct:
        out_ += e.name;
        Sequence('{', e.args.size(), '}', [&](size_t i) {
          Mark(e, i);
          out_ += FieldName(e.fields[i]) + ": ";
          Put(*e.args[i]);
        });
        break;
      case ExprKind::kComprehension: Comprehension(e); break;
    }
    if (e.type) out_ += "^" + ToString(*e.type);
  }

  template <class Item>
  void Sequence(char open, size_t count, char close, Item item) {
    out_ += open;
    for (size_t i = 0; i < count; ++i) {
      if (i > 0) out_ += ", ";
      item(i);
    }
    out_ += close;
  }

  void Mark(const Expr& e, size_t i) {
    if (i < e.optional.size() && e.optional[i]) out_ += '?';
  }

  void Comprehension(const Expr& e) {
    out_ += std::string(Name(e.macro)) + "{";
    if (e.macro == MacroKind::kBind) {
      out_ += e.accu_var + " = ";
      Put(*e.accu_init);
    } else {
      out_ += e.iter_var + (e.iter_var2.empty() ? "" : ", " + e.iter_var2) + " in ";
      Put(*e.iter_range);
      out_ += "; " + e.accu_var + " = ";
      Put(*e.accu_init);
      out_ += "; while ";
      Put(*e.loop_condition);
      out_ += "; do ";
      Put(*e.loop_step);
    }
    out_ += "; ";
    Put(*e.result);
    out_ += '}';
  }

  std::string out_;
};

}  // namespace

Error ToError(const Issue& issue, std::string_view text, std::string_view source_name) {
  return Source(std::string(source_name), std::string(text)).ErrorAt(issue.span, issue.message, issue.hint);
}

std::string Print(const Expr& expr) { return Printer().Run(expr); }

}  // namespace guard::cel

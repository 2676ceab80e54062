// Which guardrails speak about a subject, and what they say.
//
// Nothing that is known about types at load time is trusted here: a document may hold anything anywhere. What
// cannot be evaluated is a finding, since unknown is not compliant.
//
// Tested by tests/unit/engine/evaluate_test.cc, tests/unit/packs/packs_test.cc and
// tests/fuzz/kubernetes_fuzz.cc.
#include "policies/engine/evaluate.h"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

#include "policies/engine/fix.h"
#include "policies/engine/point.h"
#include "policies/engine/printable.h"
#include "policies/engine/shape.h"

namespace guard {

using cel::Tag;

struct Evaluator::Impl {
  // A guardrail and where the value of its `each` is kept when others ask for the same list.
  struct Rule {
    const Guardrail* guardrail = nullptr;
    int shared_each = -1;
  };
  struct Kind {
    PolicySet::Slots slots;
    const Shape* shape = nullptr;
    std::vector<Rule> rules;
  };

  const PolicySet& set;
  EvaluateOptions options;
  std::array<Kind, kSubjectKinds> kinds;
  std::vector<cel::Value> shared;  // values of `each`, kUnset until somebody asked
  cel::Evaluation ev;

  // Of the subject that is being judged.
  const Subject* subject = nullptr;
  std::optional<Pointer> pointer;  // made at the first finding
  uint64_t fix_budget = 0;         // bytes of the object that fixes may still look at
  std::vector<Misfit> misfits;
  std::vector<Finding>* findings = nullptr;

  Impl(const PolicySet& policies, std::span<const Guardrail* const> guardrails, const EvaluateOptions& how);
  void Judge(const Rule& rule);
  void AddMisfits(const Guardrail& guardrail, size_t first_finding);
  bool AppliesTo(const Guardrail& guardrail);
  void JudgeItems(const Guardrail& guardrail, const cel::Value& items);
  void JudgeItem(const Guardrail& guardrail, const Item& item);
  cel::Value ItemsOf(const Rule& rule);
  void BindVariables(const Guardrail& guardrail, bool of_item) {
    for (const GuardrailVariable& variable : guardrail.variables)
      if (variable.of_item == of_item) ev.BindLazy(variable.slot, &variable.program);
  }

  Finding& Add(const Guardrail& guardrail, const Item& item);
  void AddViolation(const Guardrail& guardrail, const Item& item);
  void AddFailure(const Guardrail& guardrail, const Item& item, std::string_view key,
                  const cel::Program& program, const cel::Value& result);
};

namespace {

std::string_view KindOf(const cel::Value& value) {
  switch (value.tag) {
    case Tag::kNull: return "null";
    case Tag::kBool: return "a boolean";
    case Tag::kInt:
    case Tag::kUint:
    case Tag::kDouble: return "a number";
    case Tag::kString: return "a string";
    case Tag::kList: return "a list";
    case Tag::kMap: return "a map";
    default: return "no plain value";
  }
}

constexpr uint64_t kFixBudget = uint64_t{64} << 20;

std::string_view Shortened(std::string_view text) { return text.substr(0, 80); }

}  // namespace

Evaluator::Impl::Impl(const PolicySet& policies, std::span<const Guardrail* const> guardrails,
                      const EvaluateOptions& how)
    : set(policies), options(how) {
  std::array<std::map<std::string_view, int>, kSubjectKinds> lists;
  for (const Guardrail* guardrail : guardrails) {
    if (guardrail->deprecated || !guardrail->kubernetes.Contains(options.kubernetes)) continue;
    size_t kind = static_cast<size_t>(guardrail->subject);
    Rule rule{guardrail, -1};
    // The same words mean the same list, unless variables of the guardrail are among them.
    if (guardrail->each && guardrail->variables.empty()) {
      auto [known, is_new] = lists[kind].emplace(guardrail->each.text(), static_cast<int>(shared.size()));
      if (is_new) shared.emplace_back();
      rule.shared_each = known->second;
    }
    kinds[kind].rules.push_back(rule);
  }
  for (size_t kind = 0; kind < kSubjectKinds; ++kind) {
    kinds[kind].slots = set.slots(static_cast<SubjectKind>(kind));
    kinds[kind].shape = set.shape(static_cast<SubjectKind>(kind));
  }
}

void Evaluator::Impl::Judge(const Rule& rule) {
  const Guardrail& guardrail = *rule.guardrail;
  if (!guardrail.resources.empty() && !AppliesTo(guardrail)) return;
  ev.ResetCost();
  BindVariables(guardrail, /*of_item=*/false);
  if (guardrail.when) {
    cel::Value applies = ev.Run(guardrail.when);
    if (!applies.is(Tag::kBool)) return AddFailure(guardrail, {}, "when", guardrail.when, applies);
    if (!applies.boolean) return;
  }
  if (!guardrail.each) return JudgeItem(guardrail, {});
  cel::Value items = ItemsOf(rule);
  if (items.is(Tag::kList) ||
      (items.is(Tag::kMap) && guardrail.each.result_type()->kind != cel::TypeKind::kList))
    return JudgeItems(guardrail, items);
  AddFailure(guardrail, {}, "each", guardrail.each, items);
}

bool Evaluator::Impl::AppliesTo(const Guardrail& guardrail) {
  std::string_view version = subject->api_version;
  size_t slash = version.find('/');
  std::string_view group = slash == version.npos ? std::string_view() : version.substr(0, slash);
  return std::ranges::any_of(guardrail.resources, [&](const ResourceKind& resource) {
    return resource.kind == subject->object_kind && resource.group == group;
  });
}

cel::Value Evaluator::Impl::ItemsOf(const Rule& rule) {
  if (rule.shared_each < 0) return ev.Run(rule.guardrail->each);
  cel::Value& kept = shared[static_cast<size_t>(rule.shared_each)];
  if (kept.is(Tag::kUnset)) kept = ev.Run(rule.guardrail->each);
  return kept;
}

void Evaluator::Impl::JudgeItems(const Guardrail& guardrail, const cel::Value& items) {
  bool of_objects = items.is(Tag::kList) && guardrail.each.result_type()->kind == cel::TypeKind::kList &&
                    guardrail.each.result_type()->params[0]->kind == cel::TypeKind::kObject;
  for (uint32_t i = 0; i < items.size; ++i) {
    Item item;
    cel::Value value;
    if (items.is(Tag::kList)) {
      value = cel::ListAt(items, i);
      item.node = items.node_backed ? &items.node->items[i] : value.node_backed ? value.node : nullptr;
    } else {
      cel::MapEntry entry = cel::MapAt(items, i);
      if (items.node_backed) item.entry = &items.node->entries[i], item.node = &item.entry->value;
      const cel::MapEntry pair[] = {{cel::Value::String("key"), entry.key},
                                    {cel::Value::String("value"), entry.value}};
      value = ev.MakeMap(pair);
    }
    ev.Bind(guardrail.it_slot, value);
    BindVariables(guardrail, /*of_item=*/true);
    if (of_objects && !value.is(Tag::kMap)) {
      Finding& finding = Add(guardrail, item);
      finding.failed = true;
      finding.message =
          "could not be evaluated: there is " + std::string(KindOf(value)) + " where a map belongs";
      continue;
    }
    JudgeItem(guardrail, item);
    if (ev.over_cost()) return;  // one finding says so
  }
}

void Evaluator::Impl::JudgeItem(const Guardrail& guardrail, const Item& item) {
  cel::Value holds = ev.Run(guardrail.require);
  if (holds.is_true()) return;
  if (holds.is(Tag::kBool)) return AddViolation(guardrail, item);
  AddFailure(guardrail, item, "require", guardrail.require, holds);
}

Finding& Evaluator::Impl::Add(const Guardrail& guardrail, const Item& item) {
  if (!pointer) pointer.emplace(*subject);
  Finding& finding = findings->emplace_back();
  finding.guardrail = &guardrail;
  finding.subject = subject;
  pointer->Point(guardrail.at_steps, item, &finding);
  return finding;
}

// A guardrail that looks at a field which holds something else has not judged it, whatever it says. One
// failure is enough to tell.
void Evaluator::Impl::AddMisfits(const Guardrail& guardrail, size_t first_finding) {
  for (size_t i = first_finding; i < findings->size(); ++i)
    if ((*findings)[i].failed) return;
  const std::vector<uint32_t>& fields = guardrail.field_hashes;
  for (const Misfit& misfit : misfits) {
    if (!std::binary_search(fields.begin(), fields.end(), misfit.field_hash)) continue;
    if (!pointer) pointer.emplace(*subject);
    Finding& finding = findings->emplace_back();
    finding.guardrail = &guardrail;
    finding.subject = subject;
    finding.failed = true;
    pointer->Point({}, {misfit.node, misfit.entry}, &finding);
    finding.message = "could not be evaluated: there is " +
                      std::string(KindOf(cel::Value::Of(*misfit.node))) + " where " +
                      std::string(misfit.belongs) + " belongs";
    return;
  }
}

void Evaluator::Impl::AddViolation(const Guardrail& guardrail, const Item& item) {
  Finding& finding = Add(guardrail, item);
  if (guardrail.message_expression) {
    cel::Value message = ev.Run(guardrail.message_expression);
    if (message.is(Tag::kString)) finding.message = Printable(message.string());
  }
  if (finding.message.empty()) finding.message = guardrail.title;
  if (!options.fixes || guardrail.fix.empty()) return;
  // Writing a fix takes time in proportion to the object: nobody mends thousands of places of a huge one by
  // hand.
  uint64_t cost = subject->real_object ? subject->real_object->span.size() : 0;
  if (cost > fix_budget) return;
  fix_budget -= cost;
  finding.fix = MakeFix(guardrail, *subject, item, ev);
}

void Evaluator::Impl::AddFailure(const Guardrail& guardrail, const Item& item, std::string_view key,
                                 const cel::Program& program, const cel::Value& result) {
  Finding& finding = Add(guardrail, item);
  finding.failed = true;
  std::string why;
  if (result.is_error()) {
    why = Printable(result.error->message);
    Span span{result.error->expr_begin, result.error->expr_end};
    if (span.begin < span.end && span.end <= program.text().size())
      why += " in '" +
             Printable(Shortened(std::string_view(program.text()).substr(span.begin, span.size()))) + "'";
    else
      why += " in '" + std::string(key) + "'";
  } else {
    why = "'" + std::string(key) + "' gives " + std::string(KindOf(result));
  }
  finding.message = "could not be evaluated: " + why;
}

Evaluator::Evaluator(const PolicySet& set, std::span<const Guardrail* const> guardrails,
                     const EvaluateOptions& options)
    : impl_(std::make_unique<Impl>(set, guardrails, options)) {}
Evaluator::Evaluator(Evaluator&&) noexcept = default;
Evaluator::~Evaluator() = default;

void Evaluator::Evaluate(const Subject& subject, std::vector<Finding>* findings) {
  Impl& impl = *impl_;
  const Impl::Kind& kind = impl.kinds[static_cast<size_t>(subject.kind)];
  if (kind.rules.empty()) return;
  impl.ev.Reset();
  std::fill(impl.shared.begin(), impl.shared.end(), cel::Value());
  impl.subject = &subject;
  impl.findings = findings;
  impl.pointer.reset();
  impl.fix_budget = kFixBudget;
  impl.ev.Bind(kind.slots.subject, cel::Value::Of(subject.value));
  impl.ev.Bind(kind.slots.object, cel::Value::Of(subject.object));
  impl.misfits.clear();
  if (kind.shape) kind.shape->Check(subject.value, &impl.misfits);
  for (const Impl::Rule& rule : kind.rules) {
    size_t first_finding = findings->size();
    impl.Judge(rule);
    if (!impl.misfits.empty()) impl.AddMisfits(*rule.guardrail, first_finding);
  }
}

void SortFindings(std::vector<Finding>* findings) {
  struct Key {
    LineColumn place;
    size_t index;
  };
  std::vector<Key> keys;
  keys.reserve(findings->size());
  for (const Finding& finding : *findings)
    keys.push_back(
        {finding.subject->source ? finding.subject->source->Locate(finding.span.begin) : LineColumn(),
         keys.size()});
  std::stable_sort(keys.begin(), keys.end(), [&](const Key& a, const Key& b) {
    return std::tie(a.place.line, (*findings)[a.index].guardrail->name, a.place.column) <
           std::tie(b.place.line, (*findings)[b.index].guardrail->name, b.place.column);
  });
  std::vector<Finding> sorted;
  sorted.reserve(findings->size());
  for (const Key& key : keys) sorted.push_back(std::move((*findings)[key.index]));
  *findings = std::move(sorted);
}

}  // namespace guard

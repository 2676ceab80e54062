// Steps that read variables and what is below them: a, a.b.c, a['b'], a[i], has(a.b), a.?b.?c.orValue(d).
//
// cel-go calls these attributes: a base and qualifiers. In most places an attribute costs one and one more
// for each qualifier; as a branch of ?: or as an index it costs its qualifiers only (`charge` is 0 then).
#pragma once

#include "policies/cel/step.h"

namespace guard::cel {

// One field, key or index applied to a value.
struct Qualifier {
  Value key;  // constant; kUnset when `index` computes it
  const Step* index = nullptr;
  uint32_t key_hash = 0;  // of a constant string
  bool optional = false;  // written with ?
  Span span;
};

// Where a path begins.
struct SlotBase {
  uint32_t slot;
  Span span;
  std::string_view name;
  Value Get(Evaluation& ev) const {
    Value v = ev.Slot(slot);
    return v.is(Tag::kUnset) || v.is(Tag::kError) ? Missing(ev, v) : v;
  }

 private:
  Value Missing(Evaluation& ev, Value v) const;
};
struct LocalBase {
  uint32_t local;
  Value Get(Evaluation& ev) const { return ev.Local(local); }
};
// A variable of cel.bind, computed at its first use.
struct BoundBase {
  uint32_t local;
  const Step* init;
  Value Get(Evaluation& ev) const {
    Value v = ev.Local(local);
    if (!v.is(Tag::kUnset)) return v;
    v = init->Eval(ev);
    return ev.Local(local) = v;
  }
};
struct StepBase {
  const Step* step;
  Value Get(Evaluation& ev) const { return step->Eval(ev); }
};

// What a path may find wrong with a presence test on something that has no fields: the standard dialect makes
// it an error, Kubernetes' makes it "absent".
enum class BadPresence : uint8_t { kAbsent, kError };

// A path in its general form.
class PathStep : public Step {
 public:
  PathStep(std::span<const Qualifier> qualifiers, uint32_t charge, BadPresence bad_presence)
      : qualifiers_(qualifiers), charge_(charge), bad_presence_(bad_presence) {}

  // The value without an optional around it: kUnset when an optional part of the path is absent. `*optional`
  // tells whether Eval would have made an optional of it.
  virtual Value Resolve(Evaluation& ev, bool* optional) const = 0;
  Value Walk(Evaluation& ev, bool* optional) const { return Resolve(ev, optional); }
  uint32_t charge() const { return charge_; }
  const PathStep* AsPath() const final { return this; }
  // This path with .orValue(alternative): nothing is made in memory on the way.
  virtual const Step* OrValue(Arena& arena, const Step* alternative, Span span) const;

 protected:
  // What Eval makes of what Resolve gave.
  Value Finish(Evaluation& ev, Value v, bool optional) const;
  Value Apply(Evaluation& ev, Value object, bool* optional) const;

  std::span<const Qualifier> qualifiers_;
  uint32_t charge_;
  BadPresence bad_presence_;
};

// has(a.b.c): the last qualifier is a field that is only asked for.
class HasStep : public Step {
 public:
  HasStep(std::span<const Qualifier> qualifiers, uint32_t charge, BadPresence bad_presence)
      : qualifiers_(qualifiers), charge_(charge), bad_presence_(bad_presence) {}

 protected:
  Value Test(Evaluation& ev, Value object) const;

  std::span<const Qualifier> qualifiers_;
  uint32_t charge_;
  BadPresence bad_presence_;
};

// optional.orValue(alternative), optional.or(alternative) and path.hasValue(). What the alternative is only
// matters when there is no value; nothing is made in memory on the way from a path.
const Step* NewOrValue(Arena& arena, const Step* optional, const Step* alternative, Span span);
const Step* NewHasValue(Arena& arena, const PathStep* path, Span span);
const Step* NewOptionalOr(Arena& arena, const Step* optional, const Step* alternative, Span span);

// The step for a base and its qualifiers.
template <class Base>
const PathStep* NewPath(Arena& arena, Base base, std::span<const Qualifier> qualifiers, uint32_t charge,
                        BadPresence bad_presence);
template <class Base>
const Step* NewHas(Arena& arena, Base base, std::span<const Qualifier> qualifiers, uint32_t charge,
                   BadPresence bad_presence);

}  // namespace guard::cel

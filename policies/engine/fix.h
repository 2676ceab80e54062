// A guardrail's fix for one finding, as edits of the subject's source.
#pragma once

#include <optional>

#include "policies/cel/program.h"
#include "policies/engine/evaluate.h"
#include "policies/engine/point.h"

namespace guard {

// `ev` is as it was when the finding was made: the subject, `it` and the variables are bound. Nothing when
// the fix cannot be written at this place: what is to change is shared through an alias, or is nowhere in the
// text.
std::optional<Fix> MakeFix(const Guardrail& guardrail, const Subject& subject, const Item& item,
                           cel::Evaluation& ev);

}  // namespace guard

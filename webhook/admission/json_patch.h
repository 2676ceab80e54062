// JSON Patch (RFC 6902): the one language in which an admission webhook may change an object.
//
// A patch that does not apply fails the user's request even where the webhook may fail, so patches are made
// from two whole objects and applied once before they leave.
#pragma once

#include <nlohmann/json.hpp>

#include "policies/base/error.h"

namespace guard {

// `object` after the operations of `patch`, read as the RFC is written: no operation and no member is guessed
// at, and one that fails fails the whole patch. Bounded as the API server bounds it: 10,000 operations, and
// what `copy` copies.
Result<nlohmann::json> ApplyPatch(const nlohmann::json& object, const nlohmann::json& patch);

// Operations that make `after` of `before`: add, remove and replace, parents first, as a person would write
// them. Lists of named things (containers, volumes, env, ...) are aligned by their names; other lists that
// differ are replaced. Applied before it is given away: ApplyPatch(before, DiffPatch(before, after)) is
// `after`, always.
nlohmann::json DiffPatch(const nlohmann::json& before, const nlohmann::json& after);

}  // namespace guard

// The part of Go's templates that scripts ask docker with: {{.Field.Field}}, {{json .Field}}, {{index .List
// 0}}.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "policies/base/error.h"

namespace guard::builder {

// Everything else in {{ }} is an error. Texts come as they are, other values as JSON; \n and \t in the
// template are what they stand for.
Result<std::string> FillTemplate(const std::string& text, const nlohmann::json& data);

}  // namespace guard::builder

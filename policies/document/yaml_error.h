// libyaml's complaints in words that help, with the hint that most often is the answer.
#pragma once

#include <yaml.h>

#include "policies/base/error.h"
#include "policies/document/source.h"

namespace guard {

// `offset_of` turns libyaml's character index into a byte offset.
struct YamlMark {
  uint32_t offset = 0;
  bool known = false;
};

Error TranslateYamlError(const Source& source, const yaml_parser_t& parser, YamlMark problem,
                         YamlMark context);

// "this looks like a Helm template ..." when the line at `offset` holds a template action; otherwise empty.
std::string TemplateHint(const Source& source, uint32_t offset);

}  // namespace guard

// What a step is, as text: hashed with its parent's key and the content it reads, it is the step's cache key.
#pragma once

#include <string>
#include <vector>

#include "rootless-builder/plan/plan.h"

namespace guard::builder {

// Every field that the step's result depends on, length-prefixed so that no two steps share a text. Without
// secrets, proxies, cache mounts' content and titles. What is copied enters by its digest, apart from this.
std::string KeyText(const Step& step);

// sha256 of the parent's key, the text and the digests of content, each length-prefixed.
Digest StepKey(const Digest& parent, const std::string& text, const std::vector<Digest>& content);
// The key that a chain begins with.
Digest BaseKey(const std::vector<Digest>& diff_ids, const Platform& platform);

}  // namespace guard::builder

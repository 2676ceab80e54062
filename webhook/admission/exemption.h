// Whether an exemption covers a request.
#pragma once

#include <chrono>
#include <span>
#include <string_view>

#include "policies/engine/subject.h"
#include "webhook/admission/config.h"
#include "webhook/admission/request.h"

namespace guard {

enum class Coverage : uint8_t { kNone, kCovers, kExpired };  // kExpired: would cover, had it not ended

// `subjects` are those of the request's object: their images are what `images` is matched with, under their
// full names ("docker.io/library/nginx:latest" for nginx). Without an image, or with one that cannot be read,
// `images` never matches.
Coverage CoverageOf(const Exemption& exemption, const AdmissionRequest& request,
                    std::span<const Subject> subjects, std::chrono::system_clock::time_point now);

// * stands for any text, the empty one too; everything else for itself.
bool MatchesPattern(std::string_view text, std::string_view pattern);

}  // namespace guard

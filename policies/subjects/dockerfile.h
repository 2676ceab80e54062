// Dockerfiles -> subjects: a `stage` for every FROM.
//
// A Dockerfile is read into a tree of values like any other document, so that guardrails, places and reports
// need to know nothing of it:
//   syntax        what `# syntax=` names; absent without it
//   stages[]      name          what AS says; absent without it
//                 index         0, 1, ...
//                 target        true for the last one, which is what a build makes unless it is told another
//                 image         what FROM names, with the defaults of the ARGs before it; absent if that is a
//                 stage stage         the name or index of the earlier stage that FROM names; absent for an
//                 image base          the image that it is made of in the end, through all stages platform of
//                 FROM; absent without it user          the last USER, with the ARGs and ENVs known here; the
//                 one of the stage that it
//                               is made of where it has none; absent where nobody says one
//                 stages        the names and indexes that may stand in --from at this stage
//                 instructions  all after FROM
//   instructions: name          in upper case; of what ONBUILD holds, with onbuild: true
//                 text          the whole line, continuations joined
//                 flags         [{name, value}], in order
//                 words         of the arguments
//                 pairs         of ENV, LABEL and ARG: [{name, value}]; value is absent for an ARG without
//                 default command       of RUN, CMD, ENTRYPOINT and HEALTHCHECK: as one text, with its
//                 heredocs sources, destination  of COPY and ADD
#pragma once

#include <vector>

#include "policies/document/document.h"
#include "policies/engine/subject.h"

namespace guard {

// One document, also where there is an error: what was read before it is judged. Errors besides those of the
// reader: an instruction that does not exist, one before the first FROM, no FROM at all.
Documents ReadDockerfile(const Source& source);

// The stages of a document that ReadDockerfile has made.
void ProjectDockerfile(const Documents& documents, const Document& document, std::vector<Subject>* subjects);

// The same for an example in a guardrail, {dockerfile: "FROM ..."}: every place is the example's.
void ProjectDockerfileExample(Documents& documents, const Document& document, const Node& example,
                              std::vector<Subject>* subjects);

}  // namespace guard

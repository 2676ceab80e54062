// GitLab CI files (doc/ci/yaml) -> subjects: a `job` for every job that the file has.
//
// A job is what GitLab makes of it: what it extends, `default` and the keywords of the file are in it.
//   name, system   the job's name; "gitlab-ci"
//   image          image, or image.name, with the variables that the file knows
//   user           image.docker.user or image.kubernetes.user
//   services       [{image, alias, command}]
//   variables      [{name, value}]: of the job, what it extends, and the file; each name once
//   commands       the lines of before_script, script and after_script, of hooks too, in that order
//   tags           of the runners that may take the job
//   unread         what else the job is made of: other files (include), templates that are not in this one
// A hidden job (".name") is a job where nothing in the file extends it: then another file does.
#pragma once

#include <vector>

#include "policies/document/document.h"
#include "policies/engine/subject.h"

namespace guard {

// As GitLab reads YAML (1.1, as Ruby does). An error: a document that is no map.
Documents ReadGitlabCi(const Source& source);

void ProjectGitlabCi(Documents& documents, const Document& document, std::vector<Subject>* subjects);

// An example in a guardrail: {gitlab: {the file}}.
void ProjectGitlabCiExample(Documents& documents, const Document& document, const Node& example,
                            std::vector<Subject>* subjects);

}  // namespace guard

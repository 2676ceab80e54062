// Tested by tests/unit/admission/reviewer_test.cc, tests/golden/admission/reviews, tests/fuzz/review_fuzz.cc.
#include "webhook/admission/reviewer.h"

#include <algorithm>
#include <unordered_map>

#include "policies/document/json.h"
#include "policies/subjects/admission_request.h"
#include "webhook/admission/outcome.h"
#include "webhook/admission/request.h"
#include "webhook/admission/response.h"
#include "webhook/admission/rewrite.h"
#include "webhook/admission/rules.h"
#include "webhook/admission/update.h"

namespace guard {

namespace {

void Describe(const AdmissionRequest& request, Decision* decision) {
  decision->uid = request.uid;
  decision->operation = ToString(request.operation);
  decision->group = request.resource.group;
  decision->version = request.resource.version;
  decision->resource = request.resource.name;
  decision->subresource = request.subresource;
  decision->kind = request.kind.name;
  decision->namespace_name = request.namespace_name;
  decision->name = request.shown_name;
  decision->user = request.user.name;
  decision->dry_run = request.dry_run;
}

// Annotations of a webhook stand below its own name: theirs may have no slash, and at most 63 characters.
std::string AnnotationKey(std::string_view key) {
  std::string text(key.substr(0, 63));
  std::ranges::replace(text, '/', '.');
  return text;
}

bool IsJudgedAsObject(const AdmissionRequest& request) {
  return request.object != nullptr && (request.operation == AdmissionOperation::kCreate ||
                                       request.operation == AdmissionOperation::kUpdate);
}

}  // namespace

struct Reviewer::Impl {
  // A document, what it makes and what is said about it, kept for its memory.
  struct Scratch {
    explicit Scratch(const Source& source) : documents(source) {}
    void Clear() {
      documents.arena.Reset();
      documents.all.clear();
      subjects.clear();
      findings.clear();
    }

    Documents documents;
    std::vector<Subject> subjects;
    std::vector<Finding> findings;
  };

  std::shared_ptr<const LoadedRules> rules;
  JsonReader reader;
  Source source{"review", ""};  // values are read without places
  Arena arena;                  // of the review
  Scratch now_scratch{source}, before_scratch{source};
  std::unordered_map<const ProfileRules*, Evaluator> evaluators;
  std::unordered_map<const ProfileRules*, RewriteEvaluators>
      rewriters;  // made for the first pod to be rewritten
  std::optional<AdmissionPolicyJudge> policies;
  AdmissionPolicyAnswer policy_answer;
  ProjectOptions project;
  Response response;

  explicit Impl(std::shared_ptr<const LoadedRules> from) : rules(std::move(from)) {
    project.custom = rules->config().pod_kinds;
    if (rules->policies()) policies.emplace(*rules->policies());
  }

  Evaluator& EvaluatorOf(const ProfileRules& profile) {
    auto found = evaluators.find(&profile);
    if (found == evaluators.end())
      found = evaluators
                  .emplace(&profile, Evaluator(rules->set(), profile.guardrails,
                                               {profile.profile->kubernetes, /*fixes=*/false}))
                  .first;
    return found->second;
  }

  RewriteEvaluators& RewritersOf(const ProfileRules& profile) {
    return rewriters.try_emplace(&profile, *rules, profile).first->second;
  }

  void Judge(const Node& object, const ProfileRules& profile, Scratch* scratch) {
    scratch->documents.all.push_back({object, 0});
    ProjectKubernetes(scratch->documents, scratch->documents.all.back(), project, &scratch->subjects);
    Evaluator& evaluator = EvaluatorOf(profile);
    for (const Subject& subject : scratch->subjects) evaluator.Evaluate(subject, &scratch->findings);
  }

  void JudgeRequest(const AdmissionRequest& request, const ProfileRules& profile);
  void Validate(const AdmissionRequest& request, const ProfileRules& profile,
                std::chrono::system_clock::time_point now, Answer* answer);
  Rewrite Propose(const AdmissionRequest& request, const ProfileRules& profile) {
    return IsJudgedAsObject(request) ? ProposeFor(*request.object, *rules, profile, RewritersOf(profile))
                                     : Rewrite();
  }
  void Steer(const AdmissionRequest& request, const ProfileRules& profile,
             std::chrono::system_clock::time_point now, Answer* answer);
  void Refuse(const Error& error, Answer* answer);
};

void Reviewer::Impl::JudgeRequest(const AdmissionRequest& request, const ProfileRules& profile) {
  now_scratch.Clear();
  before_scratch.Clear();
  // Documents are looked at by address: they must not move while a second one comes.
  now_scratch.documents.all.reserve(2);
  if (IsJudgedAsObject(request)) {
    Judge(*request.object, profile, &now_scratch);
    if (request.operation == AdmissionOperation::kUpdate && request.old_object &&
        !now_scratch.findings.empty()) {
      Judge(*request.old_object, profile, &before_scratch);
      if (!ChangesWhatRuns(request, before_scratch.subjects, now_scratch.subjects))
        KeepNewFindings(before_scratch.findings, &now_scratch.findings);
    }
  }
  if (!profile.judges_requests) return;
  // Findings point at their subjects: those may move no more.
  size_t known = now_scratch.subjects.size();
  std::vector<size_t> subject_of;
  subject_of.reserve(now_scratch.findings.size());
  for (const Finding& finding : now_scratch.findings)
    subject_of.push_back(static_cast<size_t>(finding.subject - now_scratch.subjects.data()));
  now_scratch.documents.all.push_back({*request.node, 1});
  ProjectRequest(now_scratch.documents, now_scratch.documents.all.back(), *request.node,
                 &now_scratch.subjects);
  for (size_t i = 0; i < subject_of.size(); ++i)
    now_scratch.findings[i].subject = &now_scratch.subjects[subject_of[i]];
  Evaluator& evaluator = EvaluatorOf(profile);
  for (size_t i = known; i < now_scratch.subjects.size(); ++i)
    evaluator.Evaluate(now_scratch.subjects[i], &now_scratch.findings);
}

void Reviewer::Impl::Validate(const AdmissionRequest& request, const ProfileRules& profile,
                              std::chrono::system_clock::time_point now, Answer* answer) {
  JudgeRequest(request, profile);
  Outcome outcome = Decide(profile, request, now_scratch.subjects, now_scratch.findings, now);
  policy_answer.Clear();
  if (policies) {
    policies->Judge(request, &policy_answer);
    AddPolicyResults(policy_answer, &outcome);
  }
  Decision& decision = answer->decision;
  decision.verdict = outcome.verdict;
  response.allowed = outcome.verdict != Verdict::kDeny;
  if (!response.allowed)
    response.message = DenialText(outcome, request, profile.profile->name, Propose(request, profile));
  else
    response.warnings = WarningLines(outcome);
  Annotate(outcome, decision, &response);
  for (const auto& [key, value] : policy_answer.audit_annotations)
    response.annotations.emplace_back(AnnotationKey(key), value);
  decision.guardrails = std::move(outcome.counts);
  decision.exemptions = std::move(outcome.exemptions);
}

// The steering webhook allows everything: it only changes what it can, and the validating one has the last
// word.
void Reviewer::Impl::Steer(const AdmissionRequest& request, const ProfileRules& profile,
                           std::chrono::system_clock::time_point now, Answer* answer) {
  response.allowed = true;
  Decision& decision = answer->decision;
  decision.verdict = Verdict::kAllow;
  bool new_pod =
      request.IsPod() && request.operation == AdmissionOperation::kCreate && request.subresource.empty();
  if (!new_pod || rules->config().builder.image.empty() || profile.steering.empty()) return;
  now_scratch.Clear();
  Judge(*request.object, profile, &now_scratch);
  Outcome outcome = Decide(profile, request, now_scratch.subjects, now_scratch.findings, now);
  bool wanted = std::ranges::any_of(
      outcome.violations, [](const Violation& violation) { return violation.action == Action::kSteer; });
  if (!wanted) return;
  Rewrite rewrite = SteerPod(*request.object, *rules, profile, RewritersOf(profile));
  for (const std::string& done : rewrite.done) response.warnings.push_back("steered: " + done);
  for (const std::string& reason : rewrite.not_steered) response.warnings.push_back("not steered: " + reason);
  BoundWarnings(&response.warnings);
  if (rewrite.patch.empty()) return;
  response.patch = std::move(rewrite.patch);
  decision.verdict = Verdict::kSteer;
  response.annotations.emplace_back("steered", std::to_string(rewrite.done.size()) + " changes");
  response.annotations.emplace_back("policy-set", decision.policy_set);
  std::erase_if(outcome.counts, [](const GuardrailCount& count) { return count.action != Action::kSteer; });
  decision.guardrails = std::move(outcome.counts);
}

void Reviewer::Impl::Refuse(const Error& error, Answer* answer) {
  answer->decision.verdict = Verdict::kDeny;
  answer->decision.error = error.message;
  response.allowed = false;
  response.code = 400;
  response.message = "this request cannot be judged: " + error.message;
}

Reviewer::Reviewer(std::shared_ptr<const Rules> rules)
    : impl_(std::make_unique<Impl>(std::static_pointer_cast<const LoadedRules>(std::move(rules)))) {}
Reviewer::~Reviewer() = default;
Reviewer::Reviewer(Reviewer&&) noexcept = default;

void Reviewer::Review(Route route, std::string_view profile, std::string_view body,
                      std::chrono::system_clock::time_point now, Answer* answer) {
  Impl& impl = *impl_;
  answer->status = 200;
  answer->body.clear();
  Decision& decision = answer->decision;
  decision = Decision();
  decision.profile = profile;
  decision.route = route == Route::kSteer ? "steer" : "validate";
  decision.policy_set = impl.rules->digest();
  auto fail = [&](int status, std::string message) {
    answer->status = status;
    answer->body = message + '\n';
    decision.error = std::move(message);
  };
  const ProfileRules* chosen = impl.rules->Find(profile);
  if (chosen == nullptr) {
    std::string known;
    for (const std::string& name : impl.rules->profiles()) known += (known.empty() ? "" : ", ") + name;
    return fail(404, "there is no profile '" + std::string(profile.substr(0, 63)) + "'; there are: " + known);
  }
  impl.arena.Reset();
  Result<Node> review = impl.reader.ReadValues(body, impl.arena);
  if (!review) return fail(400, "the body cannot be read: " + review.error().message);
  std::string_view uid = UidOf(*review);
  if (uid.empty()) return fail(400, "the body is no AdmissionReview with a request and its uid");
  impl.response = Response();
  impl.response.uid = uid;
  decision.uid = uid;
  Result<AdmissionRequest> request = ReadRequest(*review);
  if (!request) {
    impl.Refuse(request.error(), answer);
  } else {
    Describe(*request, &decision);
    if (route == Route::kSteer)
      impl.Steer(*request, *chosen, now, answer);
    else
      impl.Validate(*request, *chosen, now, answer);
  }
  WriteReview(impl.response, &answer->body);
}

}  // namespace guard

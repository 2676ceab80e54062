// One pass from the right: the digest behind '@', the tag behind the last ':' that has no '/' after it, and
// the name.
//
// Variables are masked by letters of the same length first, so that one grammar serves both forms and every
// offset stays what it was.
//
// Tested by image_reference_test.cc, fuzzed by image_reference_fuzz.cc.
#include "policies/base/image_reference.h"

#include <algorithm>

namespace guard {
namespace {

constexpr size_t kLongestReference = 4096;
constexpr size_t kLongestName = 255;
constexpr size_t kLongestTag = 128;
constexpr std::string_view kDefaultRegistry = "docker.io";

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsAlnum(char c) { return IsDigit(c) || IsLower(c) || IsUpper(c); }
bool IsHex(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool IsLowerHex(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f'); }

std::unexpected<Error> Refuse(std::string_view text, const char* why) {
  std::string shown(text.substr(0, 128));
  for (char& c : shown)
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = '?';
  return Fail("image reference '" + shown + (text.size() > 128 ? "...'" : "'") + " " + why);
}

// Calls `visit` for each part of `text` between separators; false as soon as one of them is.
template <class Visit>
bool EachPart(std::string_view text, char separator, Visit visit) {
  for (;;) {
    size_t end = text.find(separator);
    if (!visit(text.substr(0, end))) return false;
    if (end == std::string_view::npos) return true;
    text.remove_prefix(end + 1);
  }
}

// Lower-case letters and digits, with single dots, one or two underscores or any number of dashes between
// them.
bool IsPathPart(std::string_view part) {
  if (part.empty() || part.front() == '.' || part.front() == '_' || part.front() == '-') return false;
  size_t i = 0;
  while (i < part.size()) {
    if (IsLower(part[i]) || IsDigit(part[i])) {
      ++i;
      continue;
    }
    size_t run = i;
    while (run < part.size() && part[run] == part[i]) ++run;
    size_t longest = part[i] == '.' ? 1 : part[i] == '_' ? 2 : part[i] == '-' ? part.size() : 0;
    if (run - i > longest || run == part.size() || !(IsLower(part[run]) || IsDigit(part[run]))) return false;
    i = run;
  }
  return true;
}

bool IsHostPart(std::string_view part) {
  return !part.empty() && part.front() != '-' && part.back() != '-' &&
         std::all_of(part.begin(), part.end(), [](char c) { return IsAlnum(c) || c == '-'; });
}

// host[:port], the host a name, an IPv4 address or an IPv6 address in brackets.
bool IsRegistry(std::string_view text) {
  std::string_view host = text;
  if (text.starts_with('[')) {
    size_t end = text.find(']');
    if (end == std::string_view::npos || end < 3) return false;
    host = text.substr(1, end - 1);
    if (host.find(':') == std::string_view::npos ||
        !std::all_of(host.begin(), host.end(), [](char c) { return IsHex(c) || c == ':'; }))
      return false;
    text.remove_prefix(end + 1);
    if (text.empty()) return true;
    if (text.front() != ':') return false;
    text.remove_prefix(1);
  } else {
    size_t colon = text.find(':');
    host = text.substr(0, colon);
    if (!EachPart(host, '.', IsHostPart)) return false;
    if (colon == std::string_view::npos) return true;
    text.remove_prefix(colon + 1);
  }
  return !text.empty() && text.size() <= 5 && std::all_of(text.begin(), text.end(), IsDigit);
}

bool IsTag(std::string_view tag) {
  return !tag.empty() && tag.size() <= kLongestTag && tag.front() != '.' && tag.front() != '-' &&
         std::all_of(tag.begin(), tag.end(),
                     [](char c) { return IsAlnum(c) || c == '_' || c == '.' || c == '-'; });
}

bool IsDigest(std::string_view digest) {
  size_t colon = digest.find(':');
  if (colon == std::string_view::npos) return false;
  std::string_view algorithm = digest.substr(0, colon), hex = digest.substr(colon + 1);
  if (algorithm == "sha256" || algorithm == "sha384" || algorithm == "sha512") {
    size_t size = algorithm == "sha256" ? 64 : algorithm == "sha384" ? 96 : 128;
    return hex.size() == size && std::all_of(hex.begin(), hex.end(), IsLowerHex);
  }
  // An algorithm that is not known here: letters and digits, with single separators between them.
  bool separated = true;
  for (char c : algorithm) {
    bool separator = c == '-' || c == '_' || c == '+' || c == '.';
    if (separated ? !IsLower(c) && !IsUpper(c) : !separator && !IsAlnum(c)) return false;
    separated = separator;
  }
  return !separated && hex.size() >= 32 && std::all_of(hex.begin(), hex.end(), IsHex);
}

// `text` with every $NAME and ${...} turned into letters. False when a brace is not closed.
bool MaskVariables(std::string* text, bool* any) {
  for (size_t i = 0; i < text->size();) {
    if ((*text)[i] != '$') {
      ++i;
      continue;
    }
    size_t end = i + 1;
    if (end < text->size() && (*text)[end] == '{') {
      end = text->find('}', end);
      if (end == std::string::npos) return false;
      ++end;
    } else {
      while (end < text->size() && (IsAlnum((*text)[end]) || (*text)[end] == '_')) ++end;
      if (end == i + 1) return false;
    }
    for (; i < end; ++i) (*text)[i] = 'x';
    *any = true;
  }
  return true;
}

// Whether `text` has `word` between characters that are neither letters nor digits.
bool HasWord(std::string_view text, std::string_view word) {
  for (size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    size_t end = at + word.size();
    if ((at == 0 || !IsAlnum(text[at - 1])) && (end == text.size() || !IsAlnum(text[end]))) return true;
  }
  return false;
}

}  // namespace

std::string ImageReference::ToString() const {
  std::string text = registry + "/" + repository;
  if (!EffectiveTag().empty()) text += ":" + std::string(EffectiveTag());
  if (!digest.empty()) text += "@" + digest;
  return text;
}

std::string_view ImageReference::name() const {
  return std::string_view(repository).substr(repository.rfind('/') + 1);  // npos + 1 is 0
}

Result<ImageReference> ParseImageReference(std::string_view text, ImageVariables variables) {
  if (text.empty()) return Fail("an image reference must not be empty");
  if (text.size() > kLongestReference) return Refuse(text, "is too long");
  std::string masked(text);
  ImageReference reference;
  if (variables == ImageVariables::kAllow && !MaskVariables(&masked, &reference.has_variables))
    return Refuse(text, "has a '$' that begins no variable");
  std::string_view rest = masked;
  auto original = [&](std::string_view part) {
    return text.substr(static_cast<size_t>(part.data() - masked.data()), part.size());
  };

  auto has_variable = [&](std::string_view part) {
    return reference.has_variables && original(part).find('$') != std::string_view::npos;
  };

  if (size_t at = rest.find('@'); at != std::string_view::npos) {
    std::string_view digest = rest.substr(at + 1);
    if (!has_variable(digest) && !IsDigest(digest)) return Refuse(text, "has an invalid digest");
    reference.digest = original(digest);
    rest = rest.substr(0, at);
  }
  size_t colon = rest.rfind(':');
  if (colon != std::string_view::npos && rest.find('/', colon) == std::string_view::npos) {
    std::string_view tag = rest.substr(colon + 1);
    if (tag.empty() || (!has_variable(tag) && tag.size() > kLongestTag) || !IsTag(tag.substr(0, kLongestTag)))
      return Refuse(text, "has an invalid tag");
    reference.tag = original(tag);
    rest = rest.substr(0, colon);
  }
  if (rest.empty()) return Refuse(text, "has no name");

  size_t slash = rest.find('/');
  std::string_view first = rest.substr(0, slash);
  bool has_registry =
      slash != std::string_view::npos &&
      (first == "localhost" || has_variable(first) ||
       std::any_of(first.begin(), first.end(), [](char c) { return c == '.' || c == ':' || IsUpper(c); }));
  std::string_view repository = rest;
  if (has_registry) {
    if (!IsRegistry(first)) return Refuse(text, "has an invalid registry");
    reference.registry = original(first);
    if (reference.registry == "index.docker.io") reference.registry = kDefaultRegistry;
    repository = rest.substr(slash + 1);
  } else {
    reference.registry = kDefaultRegistry;
    if (rest.size() == 64 && !has_variable(rest) && std::all_of(rest.begin(), rest.end(), IsLowerHex))
      return Refuse(text, "is an image id, not a name");
  }
  if (!EachPart(repository, '/', IsPathPart)) {
    if (std::any_of(repository.begin(), repository.end(), IsUpper))
      return Refuse(text, "has upper-case letters in its repository");
    return Refuse(text, "has an invalid repository");
  }
  if (reference.registry == kDefaultRegistry && repository.find('/') == std::string_view::npos)
    reference.repository = "library/";
  reference.repository += original(repository);
  if (reference.repository.size() > kLongestName)
    return Refuse(text, "has a name of more than 255 characters");
  return reference;
}

bool IsDindImage(const ImageReference& reference) {
  std::string_view name = reference.name();
  return HasWord(name, "dind") || (HasWord(name, "docker") && HasWord(reference.tag, "dind"));
}

}  // namespace guard

// Tested by tests/unit/build/file_mode_test.cc.
#include "rootless-builder/build/file_mode.h"

#include <string>

namespace guard::builder {

Result<ModeChange> ModeChange::Parse(std::string_view text) {
  auto fail = [&] {
    return Fail("'" + std::string(text) + "' is no file mode", "write it as 755 or as u=rwX,go=rX");
  };
  ModeChange change;
  if (text.empty()) return fail();
  if (text[0] >= '0' && text[0] <= '9') {
    change.octal_ = true;
    for (char c : text) {
      if (c < '0' || c > '7' || change.mode_ > 07777 / 8) return fail();
      change.mode_ = change.mode_ * 8 + static_cast<mode_t>(c - '0');
    }
    return change;
  }
  for (size_t at = 0; at <= text.size();) {
    mode_t who = 0;
    for (; at < text.size(); ++at) {
      if (text[at] == 'u')
        who |= 04700;
      else if (text[at] == 'g')
        who |= 02070;
      else if (text[at] == 'o')
        who |= 01007;
      else if (text[at] == 'a')
        who |= 07777;
      else
        break;
    }
    if (who == 0) who = 07777;
    bool any = false;
    while (at < text.size() && (text[at] == '+' || text[at] == '-' || text[at] == '=')) {
      Clause clause{.who = who, .op = text[at++]};
      any = true;
      if (at < text.size() && (text[at] == 'u' || text[at] == 'g' || text[at] == 'o')) {
        clause.copy_from = text[at++];
      } else {
        for (; at < text.size(); ++at) {
          if (text[at] == 'r')
            clause.bits |= 0444;
          else if (text[at] == 'w')
            clause.bits |= 0222;
          else if (text[at] == 'x')
            clause.bits |= 0111;
          else if (text[at] == 'X')
            clause.conditional_x = true;
          else if (text[at] == 's')
            clause.set_id = true;
          else if (text[at] == 't')
            clause.sticky = true;
          else
            break;
        }
      }
      change.clauses_.push_back(clause);
    }
    if (!any) return fail();
    if (at == text.size()) return change;
    if (text[at++] != ',') return fail();
  }
  return fail();
}

mode_t ModeChange::Apply(mode_t mode, bool directory) const {
  if (octal_) return mode_;
  mode &= 07777;
  for (const Clause& clause : clauses_) {
    mode_t bits = clause.bits;
    if (clause.conditional_x && (directory || (mode & 0111) != 0)) bits |= 0111;
    if (clause.copy_from != 0) {
      mode_t from = clause.copy_from == 'u'   ? mode >> 6 & 7
                    : clause.copy_from == 'g' ? mode >> 3 & 7
                                              : mode & 7;
      bits = from << 6 | from << 3 | from;
    }
    if (clause.set_id) bits |= 06000;
    if (clause.sticky) bits |= 01000;
    bits &= clause.who;
    if (clause.op == '+')
      mode |= bits;
    else if (clause.op == '-')
      mode &= ~bits;
    // "=" leaves a directory's set-id bits, as GNU chmod does.
    else
      mode = (mode & ~(clause.who & 0777) & ~(directory ? 0 : clause.who & 06000)) | bits;
  }
  return mode;
}

}  // namespace guard::builder

#include "rootless-builder/sandbox/choose.h"

#include <gtest/gtest.h>

namespace guard::builder {
namespace {

// Facts as letters: R root, A sys_admin, C sys_chroot, O chown, U user namespaces, I 65536 ids, i 100 ids,
// V overlay, X user xattrs, N seccomp notify.
builder::Place Facts(const std::string& letters) {
  auto has = [&](char letter) { return letters.find(letter) != std::string::npos; };
  builder::Place place;
  place.root = has('R');
  place.cap_sys_admin = has('A');
  place.cap_sys_chroot = has('C');
  place.cap_chown = has('O');
  place.user_namespaces = has('U');
  place.subordinate_ids = has('I') ? 65536 : has('i') ? 100 : 0;
  place.overlay = has('V');
  place.user_xattrs = has('X');
  place.seccomp_notify = has('N');
  return place;
}

std::string Shown(const Result<Choice>& choice) {
  if (!choice) return "error";
  std::string text = choice->kind == SandboxKind::kNamespaces ? "namespaces"
                     : choice->kind == SandboxKind::kChroot   ? "chroot"
                                                              : "none";
  if (choice->enter_user_namespace) text += " user";
  if (choice->id_range) text += " range";
  if (choice->overlay) text += " overlay";
  if (choice->virtual_ownership) text += " virtual";
  return text;
}

struct Case {
  const char* facts;
  SandboxWish wish;
  const char* expected;
};

constexpr SandboxWish kAuto = SandboxWish::kAuto, kNamespaces = SandboxWish::kNamespaces,
                      kChroot = SandboxWish::kChroot, kNone = SandboxWish::kNone;

TEST(Choose, Table) {
  const Case cases[] = {
      {"RACOUVXN", kAuto, "namespaces overlay"},
      {"RACO", kAuto, "namespaces"},
      {"RACOU", kChroot, "chroot"},
      {"RCOUIVXN", kAuto, "namespaces user range overlay"},
      {"RCO", kAuto, "chroot"},
      {"RC", kAuto, "none virtual"},
      {"RO", kAuto, "none"},
      {"RCO", kNamespaces, "error"},
      {"UIVXN", kAuto, "namespaces user range overlay"},
      {"UIXN", kNamespaces, "namespaces user range"},
      {"UiVXN", kAuto, "namespaces user overlay virtual"},
      {"UiV", kAuto, "namespaces user range overlay"},
      {"UVXN", kAuto, "namespaces user overlay virtual"},
      {"UVX", kAuto, "none virtual"},
      {"UVN", kAuto, "none virtual"},
      {"XN", kAuto, "none virtual"},
      {"UIVXN", kChroot, "error"},
      {"RACOUIVXN", kNone, "none"},
      {"UIVXN", kNone, "none virtual"},
      {"", kAuto, "none virtual"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(Shown(Choose(Facts(c.facts), c.wish)), c.expected)
        << c.facts << " " << static_cast<int>(c.wish);
  }
}

// Whatever the facts: a sandbox has a reason, none has an obstacle, and a choice only uses what is there.
TEST(Choose, EveryCombinationIsConsistent) {
  const std::string letters = "RACOUIVXN";
  for (unsigned bits = 0; bits < 1u << letters.size(); ++bits) {
    std::string facts;
    for (size_t i = 0; i < letters.size(); ++i) {
      if (bits >> i & 1) facts += letters[i];
    }
    builder::Place place = Facts(facts);
    for (SandboxWish wish : {kAuto, kNamespaces, kChroot, kNone}) {
      Result<Choice> choice = Choose(place, wish);
      if (!choice) {
        EXPECT_TRUE(wish == kNamespaces || wish == kChroot) << facts;
        EXPECT_FALSE(choice.error().hint.empty()) << facts;
        continue;
      }
      EXPECT_FALSE(choice->reason.empty()) << facts;
      EXPECT_EQ(choice->obstacles.empty(), choice->kind != SandboxKind::kNone) << facts;
      EXPECT_TRUE(!choice->enter_user_namespace || place.user_namespaces) << facts;
      EXPECT_TRUE(!choice->overlay || place.overlay) << facts;
      EXPECT_TRUE(!choice->id_range || place.subordinate_ids > 0) << facts;
      EXPECT_TRUE(choice->kind != SandboxKind::kNamespaces || !choice->virtual_ownership ||
                  (place.seccomp_notify && place.user_xattrs))
          << facts;
    }
  }
}

}  // namespace
}  // namespace guard::builder

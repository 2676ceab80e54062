// RUN --mount: what is understood, and what is refused when.
#include "rootless-builder/dockerfile/mount.h"

#include <gtest/gtest.h>

namespace guard::builder {
namespace {

Result<Mount> MountOf(const std::string& text) {
  Source source("Dockerfile", text);
  RawMount raw = TRY(ParseMount(source, Word{text, {0, static_cast<uint32_t>(text.size())}}));
  Expander expander{.source = source, .lookup = [](std::string_view name) -> std::optional<std::string_view> {
                      if (name == "ID") return "1000";
                      if (name == "KIND") return "cache";
                      return std::nullopt;
                    }};
  return ResolveMount(raw, expander);
}

TEST(Mount, KindsAndKeys) {
  Mount mount = *MountOf("target=/t");
  EXPECT_EQ(mount.kind, MountKind::kBind);
  EXPECT_TRUE(mount.read_only);
  mount = *MountOf("type=bind,from=x,src=/s,dst=/t,rw");
  EXPECT_EQ(mount.from, "x");
  EXPECT_EQ(mount.source, "/s");
  EXPECT_FALSE(mount.read_only);
  mount = *MountOf("TYPE=$KIND,target=/t,sharing=Locked,uid=$ID,mode=0755,id='a b'");
  EXPECT_EQ(mount.kind, MountKind::kCache);
  EXPECT_EQ(mount.sharing, CacheSharing::kLocked);
  EXPECT_EQ(mount.uid, 1000u);
  EXPECT_EQ(mount.mode, 0755u);
  EXPECT_EQ(mount.id, "a b");
  EXPECT_FALSE(mount.read_only);
  EXPECT_TRUE(MountOf("type=cache,target=/t,ro=true")->read_only);
  EXPECT_EQ(MountOf("type=tmpfs,target=/t,size=64m")->size, 64u << 20);
  EXPECT_EQ(MountOf("type=tmpfs,target=/t,size=1.5GiB")->size, 3u << 29);
  mount = *MountOf("type=secret,src=token,env=TOKEN,required=false");
  EXPECT_EQ(mount.id, "token");
  EXPECT_EQ(mount.env, "TOKEN");
  EXPECT_FALSE(mount.required);
  EXPECT_TRUE(MountOf("type=ssh,required")->required);
  EXPECT_EQ(MountOf("\"target=/a,b\"")->target, "/a,b");
}

TEST(Mount, Refuses) {
  struct Case {
    std::string text, error, hint;
  };
  const Case kCases[] = {
      {"type=bnd,target=/t", "unknown type of mount \"bnd\"; did you mean bind?", ""},
      {"target=/t,sourc=/x", "unknown key \"sourc\" in a mount", "did you mean source?"},
      {"target", "the key target of a mount needs a value", "write target=..."},
      {"type=cache", "a mount of type cache needs a target", ""},
      {"target=/t,from=$x", "variables and quotes cannot be used in from of a mount",
       "give the image a name with FROM image AS name, and use that"},
      {"target=/t,uid=0", "a mount of type bind takes no uid", ""},
      {"type=cache,target=/t,mode=9", "\"9\" is no octal file mode", ""},
      {"type=cache,target=/t,gid=x", "\"x\" is no gid", ""},
      {"type=cache,target=/t,sharing=all", "sharing is shared, private or locked, not \"all\"", ""},
      {"type=cache,target=/t,ro=maybe", "readonly is true or false, not \"maybe\"", ""},
      {"type=tmpfs,target=/t,size=big", "\"big\" is no size; write 64m or 1g", ""},
      {"type=tmpfs,target=/t,size=-1", "\"-1\" is no size; write 64m or 1g", ""},
      {"type=secret", "a secret needs an id or a target", ""},
      {"type=secret,id=a,source=b", "source and id of a secret are the same; give one of them", ""},
      {"type=secret,id=a,from=b", "a mount of type secret takes no from", ""},
      {"type=$KIND", "a mount of type cache needs a target", ""},
      {"target=\"a", "the quotes in this mount are not closed, or not around a whole field", ""},
      {"", "unknown key \"\" in a mount", "see the reference of RUN --mount for its keys"},
  };
  for (const Case& c : kCases) {
    Result<Mount> mount = MountOf(c.text);
    ASSERT_FALSE(mount) << c.text;
    EXPECT_EQ(mount.error().message, c.error) << c.text;
    EXPECT_EQ(mount.error().hint, c.hint) << c.text;
  }
}

}  // namespace
}  // namespace guard::builder

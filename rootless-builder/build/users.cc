// Tested by tests/unit/build/users_test.cc.
#include "rootless-builder/build/users.h"

#include <fcntl.h>

#include <charconv>
#include <optional>
#include <string_view>

#include "policies/base/files.h"

namespace guard::builder {

namespace {

constexpr uint64_t kLargestTable = 16u << 20;

std::optional<uint32_t> Number(std::string_view text) {
  uint32_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  // The largest id means "no id" to the kernel.
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || value == UINT32_MAX)
    return {};
  return value;
}

std::vector<std::string_view> Split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  for (;;) {
    size_t end = text.find(at);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

// A missing or unreadable table has no entries.
std::string Table(int root, const char* path) {
  Fd file = OpenInRoot(root, path, O_RDONLY | O_NONBLOCK);
  if (!file) return {};
  return ReadWholeFile(file.get(), path, kLargestTable).value_or("");
}

struct Passwd {
  std::string name, home;
  uid_t uid;
  gid_t gid;
};

std::optional<Passwd> FindUser(const std::string& table, std::string_view name, std::optional<uint32_t> id) {
  for (std::string_view line : Split(table, '\n')) {
    auto fields = Split(line, ':');
    if (fields.size() < 6 || line.starts_with('#')) continue;
    auto uid = Number(fields[2]), gid = Number(fields[3]);
    if (!uid || !gid || (fields[0] != name && id != uid)) continue;
    return Passwd{std::string(fields[0]), std::string(fields[5]), *uid, *gid};
  }
  return {};
}

std::optional<gid_t> FindGroup(const std::string& table, std::string_view name) {
  for (std::string_view line : Split(table, '\n')) {
    auto fields = Split(line, ':');
    if (fields.size() >= 3 && fields[0] == name)
      if (auto gid = Number(fields[2])) return gid;
  }
  return {};
}

std::unexpected<Error> Missing(const char* what, std::string_view name, const char* table) {
  return Fail(std::string("the ") + what + " '" + std::string(name) + "' is not in the image's " + table,
              std::string("make it in an earlier step, or use its number"));
}

Result<gid_t> ResolveGroup(int root, std::string_view group) {
  if (auto gid = FindGroup(Table(root, "etc/group"), group)) return *gid;
  if (auto number = Number(group)) return *number;
  return Missing("group", group, "/etc/group");
}

}  // namespace

Result<ImageUser> ResolveUser(int root, const std::string& user) {
  size_t colon = user.find(':');
  std::string name = user.substr(0, colon);
  if (name.empty()) name = "0";
  auto number = Number(name);
  auto entry = FindUser(Table(root, "etc/passwd"), name, number);
  if (!entry && !number) return Missing("user", name, "/etc/passwd");
  ImageUser result;
  result.uid = entry ? entry->uid : *number;
  result.gid = entry ? entry->gid : 0;
  result.home = entry && !entry->home.empty() ? entry->home : result.uid == 0 ? "/root" : "/";
  if (colon != std::string::npos && colon + 1 < user.size()) {
    result.gid = TRY(ResolveGroup(root, std::string_view(user).substr(colon + 1)));
    return result;
  }
  if (!entry) return result;
  for (std::string_view line : Split(Table(root, "etc/group"), '\n')) {
    auto fields = Split(line, ':');
    if (fields.size() < 4) continue;
    auto gid = Number(fields[2]);
    for (std::string_view member : Split(fields[3], ','))
      if (gid && member == entry->name && *gid != result.gid) result.groups.push_back(*gid);
  }
  return result;
}

Result<std::pair<uid_t, gid_t>> ResolveOwner(int root, const std::string& owner) {
  size_t colon = owner.find(':');
  std::string_view name = std::string_view(owner).substr(0, colon);
  std::string_view group =
      colon == std::string::npos ? std::string_view() : std::string_view(owner).substr(colon + 1);
  uid_t uid = 0;
  gid_t gid = 0;
  if (auto number = Number(name)) {
    uid = *number, gid = *number;
    if (colon != std::string::npos) gid = 0;
  } else if (!name.empty()) {
    auto entry = FindUser(Table(root, "etc/passwd"), name, {});
    if (!entry) return Missing("user", name, "/etc/passwd");
    uid = entry->uid, gid = entry->gid;
  }
  if (!group.empty()) gid = TRY(ResolveGroup(root, group));
  return std::pair(uid, gid);
}

}  // namespace guard::builder

// Tested by tests/unit/dockerfile/mount_test.cc.
#include "rootless-builder/dockerfile/mount.h"

#include <algorithm>
#include <charconv>

namespace guard::builder {

namespace {

constexpr uint8_t Kind(MountKind kind) { return static_cast<uint8_t>(1u << static_cast<uint8_t>(kind)); }
constexpr uint8_t kBind = Kind(MountKind::kBind), kCache = Kind(MountKind::kCache),
                  kTmpfs = Kind(MountKind::kTmpfs), kSecret = Kind(MountKind::kSecret),
                  kSsh = Kind(MountKind::kSsh);

enum class ValueKind : uint8_t { kText, kFlag };  // a flag may stand without a value

// A key, what it is called in a RawMount, and the kinds of mounts that take it.
struct Key {
  std::string_view written, name;
  uint8_t kinds;
  ValueKind value = ValueKind::kText;
};

constexpr uint8_t kEvery = kBind | kCache | kTmpfs | kSecret | kSsh;
constexpr Key kKeys[] = {
    {"type", "type", kEvery},
    {"from", "from", kBind | kCache},
    {"source", "source", kBind | kCache | kSecret},
    {"src", "source", kBind | kCache | kSecret},
    {"target", "target", kEvery},
    {"dst", "target", kEvery},
    {"destination", "target", kEvery},
    {"readonly", "readonly", kEvery, ValueKind::kFlag},
    {"ro", "readonly", kEvery, ValueKind::kFlag},
    {"readwrite", "readwrite", kEvery, ValueKind::kFlag},
    {"rw", "readwrite", kEvery, ValueKind::kFlag},
    {"required", "required", kSecret | kSsh, ValueKind::kFlag},
    {"id", "id", kCache | kSecret | kSsh},
    {"sharing", "sharing", kCache},
    {"mode", "mode", kCache | kSecret | kSsh},
    {"uid", "uid", kCache | kSecret | kSsh},
    {"gid", "gid", kCache | kSecret | kSsh},
    {"size", "size", kTmpfs},
    {"env", "env", kSecret},
};
constexpr std::string_view kKinds[] = {"bind", "cache", "tmpfs", "secret", "ssh"};
constexpr std::string_view kSharings[] = {"shared", "private", "locked"};

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

std::string Short(std::string_view text) { return "\"" + std::string(text.substr(0, 80)) + "\""; }

template <class Range>
std::string Suggest(std::string_view word, const Range& names, const std::string& otherwise) {
  std::string_view nearest = Nearest(word, names);
  return nearest.empty() ? otherwise : "did you mean " + std::string(nearest) + "?";
}

// One record of RFC 4180: fields at commas; a field in double quotes may hold commas, and "" for a quote.
std::optional<std::vector<std::string>> SplitFields(std::string_view text) {
  std::vector<std::string> fields;
  size_t at = 0;
  for (;;) {
    std::string field;
    if (at < text.size() && text[at] == '"') {
      for (++at;; ++at) {
        if (at == text.size()) return std::nullopt;
        if (text[at] != '"') {
          field += text[at];
          continue;
        }
        if (at + 1 == text.size() || text[at + 1] != '"') break;
        field += text[at++];
      }
      ++at;
      if (at < text.size() && text[at] != ',') return std::nullopt;
    } else {
      size_t end = std::min(text.find(',', at), text.size());
      field = text.substr(at, end - at);
      if (field.find('"') != std::string::npos) return std::nullopt;
      at = end;
    }
    fields.push_back(std::move(field));
    if (at == text.size()) return fields;
    ++at;
  }
}

// As Go's strconv.ParseBool.
std::optional<bool> ParseBool(std::string_view text) {
  for (std::string_view yes : {"1", "t", "T", "true", "TRUE", "True"})
    if (text == yes) return true;
  for (std::string_view no : {"0", "f", "F", "false", "FALSE", "False"})
    if (text == no) return false;
  return std::nullopt;
}

std::optional<uint32_t> ParseNumber(std::string_view text, int base) {
  uint32_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// "64m", "1.5 GiB": as docker/go-units reads sizes in memory, where every unit is a power of 1024.
std::optional<uint64_t> ParseSize(std::string_view text) {
  double number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || number < 0) return std::nullopt;
  std::string unit = Lower(text.substr(static_cast<size_t>(end - text.data())));
  if (unit.starts_with(' ')) unit.erase(0, 1);
  if (unit.ends_with('b')) unit.pop_back();
  if (unit.ends_with('i') && unit.size() == 2) unit.pop_back();
  size_t power = unit.empty() ? 0 : std::string_view("kmgtp").find(unit) + 1;
  if (power > 5 || unit.size() > 1) return std::nullopt;
  for (; power > 0; --power) number *= 1024;
  if (number >= 9e18) return std::nullopt;
  return static_cast<uint64_t>(number);
}

const Key* FindKey(std::string_view written) {
  const Key* key =
      std::find_if(std::begin(kKeys), std::end(kKeys), [&](const Key& k) { return k.written == written; });
  return key == std::end(kKeys) ? nullptr : key;
}

// Fills a Mount from fields whose values are final.
class Filler {
 public:
  explicit Filler(Mount& mount) : mount_(mount) {}

  // The error is a sentence; empty when the field is good.
  std::string Set(const MountField& field, const std::string& value) {
    const std::string& key = field.key;
    if (key == "type") return SetKind(value);
    if (key == "from") return mount_.from = value, "";
    if (key == "source") return mount_.source = value, "";
    if (key == "target") return mount_.target = value, "";
    if (key == "id") return mount_.id = value, "";
    if (key == "env") return mount_.env = value, "";
    if (key == "readonly" || key == "readwrite" || key == "required") {
      std::optional<bool> flag = field.value ? ParseBool(value) : true;
      if (!flag) return key + " is true or false, not " + Short(value);
      if (key == "required") return mount_.required = *flag, "";
      read_only_ = key == "readonly" ? *flag : !*flag;
      return "";
    }
    if (key == "sharing") {
      std::string lower = Lower(value);
      auto found = std::find(std::begin(kSharings), std::end(kSharings), lower);
      if (found == std::end(kSharings)) return "sharing is shared, private or locked, not " + Short(value);
      mount_.sharing = static_cast<CacheSharing>(found - std::begin(kSharings));
      return "";
    }
    if (key == "size") {
      std::optional<uint64_t> size = ParseSize(value);
      if (!size) return Short(value) + " is no size; write 64m or 1g";
      return mount_.size = *size, "";
    }
    std::optional<uint32_t> number = ParseNumber(value, key == "mode" ? 8 : 10);
    if (!number || (key == "mode" && *number > 07777))
      return Short(value) + (key == "mode" ? " is no octal file mode" : " is no " + key);
    (key == "mode" ? mount_.mode : key == "uid" ? mount_.uid : mount_.gid) = number;
    return "";
  }

  void Finish() {
    mount_.read_only =
        read_only_.value_or(mount_.kind != MountKind::kCache && mount_.kind != MountKind::kTmpfs);
  }

 private:
  std::string SetKind(const std::string& value) {
    std::string lower = Lower(value);
    auto found = std::find(std::begin(kKinds), std::end(kKinds), lower);
    if (found == std::end(kKinds)) {
      return "unknown type of mount " + Short(value) + "; " +
             Suggest(lower, kKinds, "there are bind, cache, tmpfs, secret and ssh");
    }
    mount_.kind = static_cast<MountKind>(found - std::begin(kKinds));
    return "";
  }

  Mount& mount_;
  std::optional<bool> read_only_;
};

// What only the whole can tell; the error is a sentence.
std::string Check(const RawMount& raw, Mount& mount) {
  std::string kind(kKinds[static_cast<size_t>(mount.kind)]);
  for (const MountField& field : raw.fields) {
    if ((FindKey(field.key)->kinds & Kind(mount.kind)) == 0)
      return "a mount of type " + kind + " takes no " + field.key;
  }
  bool needs_target =
      mount.kind == MountKind::kBind || mount.kind == MountKind::kCache || mount.kind == MountKind::kTmpfs;
  if (needs_target && mount.target.empty()) return "a mount of type " + kind + " needs a target";
  if (mount.kind == MountKind::kSecret) {
    if (!mount.source.empty()) {  // the old name of the id
      if (!mount.id.empty()) return "source and id of a secret are the same; give one of them";
      mount.id = mount.source;
      mount.source.clear();
    }
    if (mount.id.empty() && mount.target.empty()) return "a secret needs an id or a target";
    if (mount.env && mount.env->empty()) return "env must name a variable";
  }
  return "";
}

// Whether a value is not final: variables, and quotes and escapes, are resolved later.
bool NeedsExpansion(const std::optional<std::string>& value) {
  return value && value->find_first_of("$'\"\\`") != std::string::npos;
}

}  // namespace

Result<RawMount> ParseMount(const Source& source, const Word& value) {
  RawMount mount;
  mount.word = value;
  std::optional<std::vector<std::string>> fields = SplitFields(value.text);
  if (!fields)
    return Fail(
        source.ErrorAt(value.span, "the quotes in this mount are not closed, or not around a whole field"));
  for (const std::string& field : *fields) {
    size_t equals = field.find('=');
    std::string written = Lower(std::string_view(field).substr(0, equals));
    const Key* key = FindKey(written);
    if (key == nullptr) {
      std::vector<std::string_view> names;
      for (const Key& k : kKeys) names.push_back(k.written);
      return Fail(source.ErrorAt(value.span, "unknown key " + Short(written) + " in a mount",
                                 Suggest(written, names, "see the reference of RUN --mount for its keys")));
    }
    MountField& to = mount.fields.emplace_back();
    to.key = key->name;
    if (equals != std::string::npos) {
      to.value = field.substr(equals + 1);
    } else if (key->value != ValueKind::kFlag) {
      return Fail(source.ErrorAt(value.span, "the key " + written + " of a mount needs a value",
                                 "write " + written + "=..."));
    }
    if (to.key != "from") continue;
    if (NeedsExpansion(to.value)) {
      return Fail(source.ErrorAt(value.span, "variables and quotes cannot be used in from of a mount",
                                 "give the image a name with FROM image AS name, and use that"));
    }
    mount.from = *to.value;
  }
  // What is final can be judged now.
  bool final = std::none_of(mount.fields.begin(), mount.fields.end(),
                            [](const MountField& field) { return NeedsExpansion(field.value); });
  Mount ignored;
  Filler filler(ignored);
  for (const MountField& field : mount.fields) {
    if (NeedsExpansion(field.value)) continue;
    std::string error = filler.Set(field, field.value.value_or(""));
    if (!error.empty()) return Fail(source.ErrorAt(value.span, std::move(error)));
  }
  if (!final) return mount;
  std::string error = Check(mount, ignored);
  if (!error.empty()) return Fail(source.ErrorAt(value.span, std::move(error)));
  return mount;
}

Result<Mount> ResolveMount(const RawMount& raw, const Expander& expander) {
  Mount mount;
  Filler filler(mount);
  for (const MountField& field : raw.fields) {
    std::string value;
    if (field.value) value = TRY(expander.Expand(Word{*field.value, raw.word.span}));
    std::string error = filler.Set(field, value);
    if (!error.empty()) return Fail(expander.source.ErrorAt(raw.word.span, std::move(error)));
  }
  filler.Finish();
  std::string error = Check(raw, mount);
  if (!error.empty()) return Fail(expander.source.ErrorAt(raw.word.span, std::move(error)));
  return mount;
}

}  // namespace guard::builder

// Both ends are this very program, so the form has no version: numbers as they lie in memory, texts with
// their length before them. The reader still believes no length.
//
// Tested by wire_test.cc.
#include "rootless-builder/sandbox/wire.h"

#include <cstring>
#include <type_traits>

namespace guard::builder {
namespace {

class Writer {
 public:
  template <class T>
    requires(std::is_arithmetic_v<T> || std::is_enum_v<T>)
  void operator()(const T& value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void operator()(const std::string& text) {
    (*this)(text.size());
    bytes_ += text;
  }
  template <class A, class B>
  void operator()(const std::pair<A, B>& pair) {
    (*this)(pair.first), (*this)(pair.second);
  }
  template <class T>
  void operator()(const std::vector<T>& items) {
    (*this)(items.size());
    for (const T& item : items) (*this)(item);
  }
  void operator()(const RunMount& mount);
  std::string Take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  template <class T>
    requires(std::is_arithmetic_v<T> || std::is_enum_v<T>)
  void operator()(T& value) {
    if (bytes_.size() < sizeof value) return Stop();
    memcpy(&value, bytes_.data(), sizeof value);
    bytes_.remove_prefix(sizeof value);
  }
  void operator()(std::string& text) {
    size_t size = 0;
    (*this)(size);
    if (size > bytes_.size()) return Stop();
    text = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
  }
  template <class A, class B>
  void operator()(std::pair<A, B>& pair) {
    (*this)(pair.first), (*this)(pair.second);
  }
  template <class T>
  void operator()(std::vector<T>& items) {
    size_t count = 0;
    (*this)(count);
    if (count > bytes_.size()) return Stop();  // an item has a byte at least
    for (size_t i = 0; i < count && good_; ++i) (*this)(items.emplace_back());
  }
  void operator()(RunMount& mount);
  bool AtEnd() const { return good_ && bytes_.empty(); }

 private:
  void Stop() { good_ = false, bytes_ = {}; }
  std::string_view bytes_;
  bool good_ = true;
};

// The one list of fields, for both ways.
template <class Way, class Mount>
void Fields(Way& way, Mount& mount)
  requires std::is_same_v<std::remove_const_t<Mount>, RunMount>
{
  way(mount.kind), way(mount.source), way(mount.target), way(mount.read_only), way(mount.discard_changes);
  way(mount.size), way(mount.mode);
}

template <class Way, class Spec>
void Fields(Way& way, Spec& spec)
  requires std::is_same_v<std::remove_const_t<Spec>, RunSpec>
{
  way(spec.root), way(spec.argv), way(spec.env), way(spec.cwd), way(spec.uid), way(spec.gid);
  way(spec.groups), way(spec.mounts), way(spec.network), way(spec.hostname), way(spec.hosts);
  way(spec.stdin_text), way(spec.shm_size), way(spec.limits);
}

void Writer::operator()(const RunMount& mount) { Fields(*this, mount); }
void Reader::operator()(RunMount& mount) { Fields(*this, mount); }

}  // namespace

std::string Pack(const RunSpec& spec) {
  Writer writer;
  Fields(writer, spec);
  return writer.Take();
}

Result<RunSpec> UnpackRunSpec(std::string_view bytes) {
  Reader reader(bytes);
  RunSpec spec;
  Fields(reader, spec);
  if (!reader.AtEnd()) return Fail("the step's description is damaged");
  return spec;
}

}  // namespace guard::builder

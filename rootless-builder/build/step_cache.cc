// Tested by tests/e2e/builder_cache.sh.
#include "rootless-builder/build/step_cache.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <ctime>
#include <mutex>
#include <nlohmann/json.hpp>

#include "policies/base/files.h"

namespace guard::builder {

namespace {

using nlohmann::json;

constexpr uint64_t kLargestList = 8u << 20;

// [{"key": "sha256:..", "diff": "sha256:..", "layer": 0, "created": ".."}]: without "layer", the step changed
// nothing.
std::string WriteList(const std::vector<KeyedRecord>& records, const std::vector<Descriptor>& layers) {
  json list = json::array();
  for (const KeyedRecord& record : records) {
    json item = {{"key", record.key.ToString()}, {"created", record.record.extra}};
    if (!record.record.diff_id.empty()) {
      auto layer = std::find_if(layers.begin(), layers.end(), [&](const Descriptor& other) {
        return other.digest == record.record.layer.digest;
      });
      if (layer == layers.end()) continue;
      item["diff"] = record.record.diff_id.ToString();
      item["layer"] = layer - layers.begin();
    }
    list.push_back(std::move(item));
  }
  return list.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<std::vector<KeyedRecord>> ReadList(const std::string& text, const std::vector<Descriptor>& layers) {
  json list = json::parse(text, nullptr, false);
  if (!list.is_array()) return Fail("the list of steps is damaged");
  std::vector<KeyedRecord> records;
  for (const json& item : list) {
    auto field = [&](const char* name) {
      auto found = item.find(name);
      return found != item.end() && found->is_string() ? found->get<std::string>() : std::string();
    };
    if (!item.is_object()) return Fail("the list of steps is damaged");
    KeyedRecord record;
    record.key = TRY(Digest::Parse(field("key")));
    record.record.extra = field("created");
    if (auto layer = item.find("layer"); layer != item.end()) {
      if (!layer->is_number_unsigned() || layer->get<size_t>() >= layers.size())
        return Fail("the list of steps names a layer that is not there");
      record.record.diff_id = TRY(Digest::Parse(field("diff")));
      record.record.layer = layers[layer->get<size_t>()];
      TRY(LayerCompression(record.record.layer.media_type));
    }
    records.push_back(std::move(record));
  }
  return records;
}

std::vector<Descriptor> LayersOf(const std::vector<KeyedRecord>& records) {
  std::vector<Descriptor> layers;
  for (const KeyedRecord& record : records) {
    if (record.record.diff_id.empty()) continue;
    auto known = std::find_if(layers.begin(), layers.end(), [&](const Descriptor& other) {
      return other.digest == record.record.layer.digest;
    });
    if (known == layers.end()) layers.push_back(record.record.layer);
  }
  return layers;
}

Result<void> CopyBlob(const Store& from, Store& to, const Descriptor& blob) {
  if (to.Has(blob.digest)) return {};
  Fd file(TRY(from.OpenBlob(blob.digest)));
  auto writer = TRY(to.NewBlob());
  std::string buffer(size_t{1} << 20, '\0');
  for (;;) {
    ssize_t got = read(file.get(), buffer.data(), buffer.size());
    if (got < 0) return FailErrno("read", blob.digest.ToString());
    if (got == 0) break;
    TRY_VOID(writer->Write({buffer.data(), static_cast<size_t>(got)}));
  }
  TRY(writer->Commit(blob.digest));
  return {};
}

// The manifest of a cache with these records, in a store.
Result<Descriptor> PutCache(const std::vector<KeyedRecord>& records, Store& store) {
  Manifest manifest;
  manifest.layers = LayersOf(records);
  manifest.config = TRY(store.Put(WriteList(records, manifest.layers), kStepsMediaType));
  manifest.artifact_type = kStepsMediaType;
  return store.Put(Serialize(manifest), MediaType(manifest));
}

class Caches : public StepCache {
 public:
  Caches(Store& store, Transfer& transfer, int64_t now) : store_(store), transfer_(transfer), now_(now) {}

  Result<void> Add(const CacheWish& wish) {
    if (wish.kind == CacheWish::Kind::kKaniko) {
      repositories_.push_back(wish);
      return {};
    }
    if (wish.kind == CacheWish::Kind::kLocal) return AddLocal(wish.where);
    ImageReference reference = TRY(ParseImageReference(wish.where));
    if (reference.tag.empty() && reference.digest.empty()) reference.tag = "latest";
    return AddRegistry(reference);
  }

  std::optional<StepRecord> Find(const Digest& key) override {
    {
      std::lock_guard lock(mutex_);
      auto found = records_.find(key);
      if (found != records_.end()) return found->second.record;
    }
    for (const CacheWish& wish : repositories_) {
      auto reference = ParseImageReference(wish.where + ":" + key.hex());
      if (!reference || !AddRegistry(*reference)) continue;
      std::lock_guard lock(mutex_);
      auto found = records_.find(key);
      if (found != records_.end() && !Expired(found->second.record, wish.ttl_seconds))
        return found->second.record;
    }
    return {};
  }

  Result<void> Fetch(const StepRecord& record) override {
    std::optional<Repository> from;
    {
      std::lock_guard lock(mutex_);
      auto source = sources_.find(record.layer.digest);
      if (source != sources_.end()) from = source->second;
    }
    if (from) return transfer_.FetchBlob(*from, record.layer, store_, {});
    for (const auto& local : locals_)
      if (local->Has(record.layer.digest)) return CopyBlob(*local, store_, record.layer);
    return Fail("no cache has the layer " + record.layer.digest.ToString());
  }

 private:
  struct Known {
    StepRecord record;
  };

  bool Expired(const StepRecord& record, int64_t ttl) const {
    std::tm time{};
    if (ttl == 0 || strptime(record.extra.c_str(), "%Y-%m-%dT%H:%M:%SZ", &time) == nullptr) return false;
    return timegm(&time) + ttl < now_;
  }

  void Take(std::vector<KeyedRecord> records, const Repository* from) {
    std::lock_guard lock(mutex_);
    for (KeyedRecord& record : records) {
      if (from != nullptr && !record.record.diff_id.empty()) {
        sources_.emplace(record.record.layer.digest, *from);
        transfer_.NoteSource(record.record.layer.digest, *from);
      }
      records_.emplace(record.key, Known{std::move(record.record)});
    }
  }

  Result<void> AddRegistry(const ImageReference& reference) {
    auto fetched = TRY(transfer_.client().GetManifest(reference));
    if (!fetched) return Fail("there is no cache at " + reference.ToString());
    if (!IsManifest(fetched->descriptor.media_type))
      return Fail(reference.ToString() + " is no cache of steps");
    Manifest manifest = TRY(ParseManifest(fetched->bytes, fetched->descriptor.media_type));
    auto annotation = manifest.annotations.find(std::string(kStepsAnnotation));
    std::string list;
    if (annotation != manifest.annotations.end()) {
      list = annotation->second;
    } else if (manifest.config.media_type == kStepsMediaType && manifest.config.size <= kLargestList) {
      TRY_VOID(transfer_.FetchBlob(fetched->source, manifest.config, store_, {}));
      list = TRY(store_.Get(manifest.config.digest, kLargestList));
    } else {
      return Fail(reference.ToString() + " is no cache of steps", "was it written with --cache-to?");
    }
    Take(TRY(ReadList(list, manifest.layers)), &fetched->source);
    return {};
  }

  Result<void> AddLocal(const std::string& directory) {
    if (access(directory.c_str(), R_OK) != 0) return Fail("there is no cache in " + directory);
    auto local = TRY(Store::Open(directory));
    auto target = TRY(local->Find("steps"));
    if (!target) return Fail("there is no cache in " + directory);
    std::string text = TRY(local->Get(target->digest));
    Manifest manifest = TRY(ParseManifest(text, target->media_type));
    text = TRY(local->Get(manifest.config.digest, kLargestList));
    Take(TRY(ReadList(text, manifest.layers)), nullptr);
    locals_.push_back(std::move(local));
    return {};
  }

  Store& store_;
  Transfer& transfer_;
  int64_t now_;
  std::vector<CacheWish> repositories_;
  std::vector<std::unique_ptr<Store>> locals_;
  std::mutex mutex_;
  std::map<Digest, Known> records_;
  std::map<Digest, Repository> sources_;
};

// "336h", "90m", "3600s" or seconds.
Result<int64_t> ParseTtl(const std::string& text) {
  int64_t total = 0;
  for (size_t at = 0; at < text.size();) {
    int64_t value = 0;
    auto [end, error] = std::from_chars(text.data() + at, text.data() + text.size(), value);
    if (error != std::errc() || value < 0) return Fail("'" + text + "' is no duration", "write it as 336h");
    at = static_cast<size_t>(end - text.data());
    char unit = at < text.size() ? text[at++] : 's';
    int64_t factor = unit == 'h' ? 3600 : unit == 'm' ? 60 : unit == 's' ? 1 : 0;
    if (factor == 0 || value > INT64_MAX / 3600 / 24)
      return Fail("'" + text + "' is no duration", "write it as 336h");
    total += value * factor;
  }
  return total;
}

}  // namespace

static std::string_view KnownFields(CacheWish::Kind kind, bool import) {
  if (kind == CacheWish::Kind::kLocal) return import ? "known is src" : "known is dest";
  if (kind != CacheWish::Kind::kRegistry) return "";
  return import ? "known are ref, mode and ignore-error"
                : "known are ref, mode, ignore-error, image-manifest=true and oci-mediatypes=true";
}

Result<CacheWish> ParseCacheWish(const std::string& text, bool import) {
  CacheWish wish;
  if (text.find('=') == std::string::npos) {
    wish.where = text;
    TRY(ParseImageReference(text));
    return wish;
  }
  std::string type;
  std::vector<std::pair<std::string, std::string>> rest;
  for (size_t at = 0; at <= text.size();) {
    size_t comma = std::min(text.find(',', at), text.size());
    std::string field = text.substr(at, comma - at);
    at = comma + 1;
    size_t equals = field.find('=');
    if (equals == std::string::npos)
      return Fail("'" + field + "' in '" + text + "' has no value", "fields are NAME=VALUE");
    std::string key = field.substr(0, equals), value = field.substr(equals + 1);
    if (key == "type")
      type = value;
    else
      rest.emplace_back(key, value);
  }
  if (type == "registry")
    wish.kind = CacheWish::Kind::kRegistry;
  else if (type == "local")
    wish.kind = CacheWish::Kind::kLocal;
  else if (type == "inline")
    wish.kind = CacheWish::Kind::kInline;
  else if (type == "kaniko")
    wish.kind = CacheWish::Kind::kKaniko;
  else
    return Fail("a cache of type '" + type + "' is not known", "known are registry, local and inline");
  bool registry = wish.kind == CacheWish::Kind::kRegistry;
  for (const auto& [key, value] : rest) {
    if (key == "ref" && (registry || (import && wish.kind == CacheWish::Kind::kInline)))
      wish.where = value;
    else if (key == "repo" && wish.kind == CacheWish::Kind::kKaniko)
      wish.where = value;
    else if (key == "ttl" && wish.kind == CacheWish::Kind::kKaniko)
      wish.ttl_seconds = TRY(ParseTtl(value));
    else if (key == (import ? "src" : "dest") && wish.kind == CacheWish::Kind::kLocal)
      wish.where = value;
    else if (key == "mode" && (value == "min" || value == "max"))
      continue;
    else if (!import && value == "true" && (key == "image-manifest" || key == "oci-mediatypes"))
      continue;  // what is written anyway
    else if (key == "ignore-error" && (value == "true" || value == "false"))
      wish.ignore_error = value == "true";
    else
      return Fail("'" + key + "=" + value + "' is not known in '" + text + "'",
                  std::string(KnownFields(wish.kind, import)));
  }
  if (wish.kind == CacheWish::Kind::kInline && !import) return wish;
  if (wish.where.empty())
    return Fail("'" + text + "' does not say where", registry ? "add ref=REGISTRY/NAME:TAG"
                                                     : import ? "add src=DIR"
                                                              : "add dest=DIR");
  if (wish.kind != CacheWish::Kind::kLocal) TRY(ParseImageReference(wish.where));
  return wish;
}

std::unique_ptr<StepCache> OpenCaches(const std::vector<CacheWish>& wishes, Store& store, Transfer& transfer,
                                      int64_t now, const std::function<void(const std::string&)>& warn) {
  if (wishes.empty()) return nullptr;
  auto caches = std::make_unique<Caches>(store, transfer, now);
  for (const CacheWish& wish : wishes)
    if (auto added = caches->Add(wish); !added) warn("the cache is not used: " + added.error().message);
  return caches;
}

Result<void> WriteCache(const CacheWish& wish, const BuiltImage& image, Store& store, Transfer& transfer) {
  if (wish.kind == CacheWish::Kind::kInline) return {};
  if (wish.kind == CacheWish::Kind::kLocal) {
    auto local = TRY(Store::Open(wish.where));
    for (const Descriptor& layer : LayersOf(image.records)) TRY_VOID(CopyBlob(store, *local, layer));
    Descriptor cache = TRY(PutCache(image.records, *local));
    return local->Tag("steps", cache);
  }
  if (wish.kind == CacheWish::Kind::kKaniko) {
    for (const KeyedRecord& record : image.records) {
      Descriptor cache = TRY(PutCache({record}, store));
      ImageReference reference = TRY(ParseImageReference(wish.where + ":" + record.key.hex()));
      TRY(transfer.Push(store, cache, reference, {}));
    }
    return {};
  }
  Descriptor cache = TRY(PutCache(image.records, store));
  ImageReference reference = TRY(ParseImageReference(wish.where));
  if (reference.tag.empty()) reference.tag = "latest";
  TRY(transfer.Push(store, cache, reference, {}));
  return {};
}

std::string InlineSteps(const BuiltImage& image) { return WriteList(image.records, image.parsed.layers); }

}  // namespace guard::builder

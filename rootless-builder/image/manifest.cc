// Image manifests and indexes: reading and writing both families.
//
// A text that could be read as a manifest by one program and as an index by another is refused, as is one
// whose own media type is not the one it came under: what a digest stands for must not depend on the reader.
//
// Tested by manifest_test.cc and the golden files below tests/golden/image.
#include "rootless-builder/image/manifest.h"

#include "rootless-builder/image/json.h"

namespace guard::builder {
namespace {

constexpr size_t kMostLayers = 4096;
constexpr size_t kMostManifests = 10'000;

Result<void> CheckKind(const Reader& reader, std::string_view media_type, const char* foreign_key_1,
                       const char* foreign_key_2) {
  if (const Json* version = TRY(reader.Find("schemaVersion")); !version) {
    return Fail(reader.Where("schemaVersion") + " is missing");
  }
  if (const int64_t version = TRY(reader.Integer("schemaVersion")); version != 2) {
    return Fail(
        reader.Where("schemaVersion") + " is " + std::to_string(version) + ", and only 2 is supported",
        version == 1 ? "pull the image with a current tool and push it again; Docker's first image format "
                       "has no place for digests of layers"
                     : "");
  }
  const std::string own = TRY(reader.String("mediaType"));
  if (!own.empty() && own != media_type) {
    return Fail(reader.Where("mediaType") + " is '" + own.substr(0, 200) + "', but it came as '" +
                std::string(media_type) + "'");
  }
  if (own.empty() && (media_type == media::kDockerManifest || media_type == media::kDockerList)) {
    return Fail(reader.Where("mediaType") + " is missing");
  }
  for (const char* key : {foreign_key_1, foreign_key_2}) {
    if (key && TRY(reader.Find(key))) {
      return Fail(reader.Where(key) + " has no place there",
                  "the text would be a manifest to one program and an index to another");
    }
  }
  return {};
}

Result<std::optional<Descriptor>> ReadSubject(const Reader& reader) {
  const Json* subject = TRY(reader.Object("subject"));
  if (!subject) return std::nullopt;
  return TRY(ReadDescriptor(*subject, reader.Where("subject")));
}

nlohmann::ordered_json List(const std::vector<Descriptor>& descriptors) {
  auto list = nlohmann::ordered_json::array();
  for (const Descriptor& descriptor : descriptors) list.push_back(ToJson(descriptor));
  return list;
}

template <class T>
nlohmann::ordered_json Head(const T& document) {
  nlohmann::ordered_json json;
  json["schemaVersion"] = 2;
  json["mediaType"] = MediaType(document);
  if (!document.artifact_type.empty()) json["artifactType"] = document.artifact_type;
  return json;
}

template <class T>
void Tail(const T& document, nlohmann::ordered_json& json) {
  if (document.subject) json["subject"] = ToJson(*document.subject);
  if (!document.annotations.empty()) json["annotations"] = document.annotations;
}

}  // namespace

Result<Manifest> ParseManifest(std::string_view text, std::string_view media_type) {
  if (!IsManifest(media_type)) {
    return Fail("'" + std::string(media_type.substr(0, 200)) +
                "' is not the media type of an image manifest");
  }
  const Json json = TRY(ParseObject(text, kLargestManifest, "the image manifest"));
  const Reader reader(json, "the image manifest");
  TRY_VOID(CheckKind(reader, media_type, "manifests", "fsLayers"));
  Manifest manifest;
  manifest.family = media_type == media::kOciManifest ? MediaFamily::kOci : MediaFamily::kDocker;
  const Json* config = TRY(reader.Object("config"));
  if (!config) return Fail(reader.Where("config") + " is missing");
  manifest.config = TRY(ReadDescriptor(*config, reader.Where("config")));
  manifest.layers = TRY(ReadDescriptors(reader, "layers", kMostLayers));
  manifest.annotations = TRY(reader.StringMap("annotations"));
  manifest.subject = TRY(ReadSubject(reader));
  manifest.artifact_type = TRY(reader.String("artifactType"));
  return manifest;
}

Result<Index> ParseIndex(std::string_view text, std::string_view media_type) {
  if (!IsIndex(media_type)) {
    return Fail("'" + std::string(media_type.substr(0, 200)) + "' is not the media type of an image index");
  }
  const Json json = TRY(ParseObject(text, kLargestManifest, "the image index"));
  const Reader reader(json, "the image index");
  TRY_VOID(CheckKind(reader, media_type, "layers", "config"));
  Index index;
  index.family = media_type == media::kOciIndex ? MediaFamily::kOci : MediaFamily::kDocker;
  index.manifests = TRY(ReadDescriptors(reader, "manifests", kMostManifests));
  index.annotations = TRY(reader.StringMap("annotations"));
  index.subject = TRY(ReadSubject(reader));
  index.artifact_type = TRY(reader.String("artifactType"));
  return index;
}

std::string_view MediaType(const Manifest& manifest) {
  return manifest.family == MediaFamily::kOci ? media::kOciManifest : media::kDockerManifest;
}
std::string_view MediaType(const Index& index) {
  return index.family == MediaFamily::kOci ? media::kOciIndex : media::kDockerList;
}

std::string Serialize(const Manifest& manifest) {
  auto json = Head(manifest);
  json["config"] = ToJson(manifest.config);
  json["layers"] = List(manifest.layers);
  Tail(manifest, json);
  return Dump(json);
}

std::string Serialize(const Index& index) {
  auto json = Head(index);
  json["manifests"] = List(index.manifests);
  Tail(index, json);
  return Dump(json);
}

Result<Descriptor> Choose(const Index& index, const Platform& want, std::string_view name) {
  // One image without a platform, as in the index of a layout: its configuration will say what it is.
  if (index.manifests.size() == 1 && !index.manifests[0].platform) return index.manifests[0];
  std::string offered;
  for (const Descriptor& descriptor : index.manifests) {
    if (!IsManifest(descriptor.media_type) && !IsIndex(descriptor.media_type)) continue;
    if (!descriptor.platform || descriptor.platform->os == "unknown") continue;
    if (Matches(*descriptor.platform, want)) return descriptor;
    if (!offered.empty()) offered += ", ";
    offered += descriptor.platform->ToString();
  }
  return Fail("'" + std::string(name) + "' has no image for " + want.ToString(),
              offered.empty() ? "it has no image for any platform" : "there are: " + offered.substr(0, 1000));
}

}  // namespace guard::builder

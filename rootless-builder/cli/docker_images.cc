// images and inspect, as docker prints them. Tested by tests/e2e/builder_standins.sh.
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>

#include "rootless-builder/cli/common_options.h"
#include "rootless-builder/cli/go_template.h"
#include "rootless-builder/cli/show_progress.h"
#include "rootless-builder/cli/stand_ins.h"

namespace guard::builder {

namespace {

using Json = nlohmann::json;

struct Listed {
  std::string repository, tag;
  Digest digest, id;
  Json config;  // the configuration's text
  uint64_t size = 0;
};

// "docker.io/library/app" -> "app", as docker shows names.
std::string Familiar(std::string name) {
  if (name.starts_with("docker.io/library/")) return name.substr(18);
  if (name.starts_with("docker.io/")) return name.substr(10);
  return name;
}

Result<Listed> Look(const Store& store, const NamedImage& image, const std::string& program) {
  Listed listed;
  ImageReference reference = TRY(ParseImageReference(image.name));
  listed.repository = reference.registry + "/" + reference.repository;
  if (program == "docker") listed.repository = Familiar(listed.repository);
  listed.tag = reference.tag.empty() ? "<none>" : reference.tag;
  listed.digest = image.target.digest;
  Descriptor descriptor = image.target;
  std::string text = TRY(store.Get(descriptor.digest));
  if (IsIndex(descriptor.media_type)) {
    Index index = TRY(ParseIndex(text, descriptor.media_type));
    if (index.manifests.empty()) return Fail("the index " + image.name + " is empty");
    auto chosen = Choose(index, HostPlatform(), image.name);
    descriptor = chosen ? *chosen : index.manifests[0];
    text = TRY(store.Get(descriptor.digest));
  }
  Manifest manifest = TRY(ParseManifest(text, descriptor.media_type));
  std::string config = TRY(store.Get(manifest.config.digest));
  TRY(ParseImageConfig(config));
  listed.config = Json::parse(config, nullptr, false);
  listed.id = manifest.config.digest;
  for (const Descriptor& layer : manifest.layers) listed.size += layer.size;
  return listed;
}

std::string Since(const std::string& created) {
  std::tm parts{};
  if (strptime(created.c_str(), "%Y-%m-%dT%H:%M:%S", &parts) == nullptr) return "N/A";
  int64_t seconds = std::max<int64_t>(0, time(nullptr) - timegm(&parts));
  struct Unit {
    int64_t seconds, up_to;
    const char* name;
  };
  static constexpr Unit kUnits[] = {{1, 60, "seconds"},
                                    {60, 3600, "minutes"},
                                    {3600, 172800, "hours"},
                                    {86400, 1209600, "days"},
                                    {604800, 5184000, "weeks"},
                                    {2592000, 63072000, "months"},
                                    {31536000, INT64_MAX, "years"}};
  for (const Unit& unit : kUnits)
    if (seconds < unit.up_to) return std::to_string(seconds / unit.seconds) + " " + unit.name + " ago";
  return "N/A";
}

std::string Text(const Json& config, const char* key) {
  return config.is_object() && config.contains(key) && config[key].is_string()
             ? config[key].get<std::string>()
             : "";
}

Json InspectJson(const Listed& image, const std::vector<std::string>& tags,
                 const std::vector<std::string>& digests) {
  Json json = {{"Id", image.id.ToString()},
               {"RepoTags", tags},
               {"RepoDigests", digests},
               {"Parent", ""},
               {"Comment", ""},
               {"Created", Text(image.config, "created")},
               {"Author", Text(image.config, "author")},
               {"Architecture", Text(image.config, "architecture")},
               {"Variant", Text(image.config, "variant")},
               {"Os", Text(image.config, "os")},
               {"Size", image.size},
               {"VirtualSize", image.size},
               {"Digest", image.digest.ToString()}};
  json["Config"] = image.config.value("config", Json::object());
  for (const char* key : {"Env", "Cmd", "Entrypoint", "Labels", "Volumes", "ExposedPorts"})
    if (!json["Config"].contains(key)) json["Config"][key] = nullptr;
  for (const char* key : {"User", "WorkingDir"})
    if (!json["Config"].contains(key)) json["Config"][key] = "";
  Json layers = Json::array();
  if (image.config.contains("rootfs") && image.config["rootfs"].contains("diff_ids"))
    layers = image.config["rootfs"]["diff_ids"];
  json["RootFS"] = {{"Type", "layers"}, {"Layers", layers}};
  return json;
}

struct ListWishes {
  bool quiet = false, whole = false, digests = false;
  std::string format, repository, tag;
  bool dangling = false;
};

Result<int> List(const std::string& program, const ListWishes& wishes) {
  auto store = TRY(Store::Open(DefaultStore()));
  if (!wishes.quiet && wishes.format.empty())
    printf("%-40s  %-16s  %s%-12s  %-16s  %s\n", "REPOSITORY", "TAG",
           wishes.digests ? "DIGEST                                                                   " : "",
           "IMAGE ID", "CREATED", "SIZE");
  for (const NamedImage& named : TRY(store->Names())) {
    auto found = Look(*store, named, program);
    if (!found) {
      fputs(("warning: " + named.name + ": " + found.error().message + "\n").c_str(), stderr);
      continue;
    }
    const Listed& image = *found;
    if (wishes.dangling) continue;  // what has no name is no image here
    if (!wishes.repository.empty() && image.repository != wishes.repository) continue;
    if (!wishes.tag.empty() && image.tag != wishes.tag) continue;
    std::string id = wishes.whole ? image.id.ToString() : image.id.hex().substr(0, 12);
    std::string created = Text(image.config, "created");
    if (!wishes.format.empty()) {
      Json row = {
          {"Repository", image.repository},    {"Tag", image.tag},     {"ID", id},
          {"Digest", image.digest.ToString()}, {"CreatedAt", created}, {"CreatedSince", Since(created)},
          {"Size", ShowSize(image.size)}};
      std::string line = TRY(FillTemplate(wishes.format, row));
      puts(line.c_str());
    } else if (wishes.quiet) {
      puts(id.c_str());
    } else {
      printf("%-40s  %-16s  %s%-12s  %-16s  %s\n", image.repository.c_str(), image.tag.c_str(),
             wishes.digests ? (image.digest.ToString() + "  ").c_str() : "", id.c_str(),
             Since(created).c_str(), ShowSize(image.size).c_str());
    }
  }
  return 0;
}

Result<int> Inspect(const std::string& program, const Words& names, const std::string& format) {
  auto store = TRY(Store::Open(DefaultStore()));
  Json list = Json::array();
  int status = 0;
  for (const std::string& name : names) {
    auto image = TRY(FindImage(*store, name));
    if (!image) {
      fputs(("error: no such image: " + name + "\n  hint: " + program + " images lists what there is\n")
                .c_str(),
            stderr);
      status = 1;
      continue;
    }
    Listed listed = TRY(Look(*store, *image, program));
    std::vector<std::string> tags, digests;
    for (const NamedImage& other : TRY(store->Names())) {
      if (other.target.digest != image->target.digest) continue;
      Listed same = TRY(Look(*store, other, program));
      tags.push_back(same.repository + ":" + same.tag);
      digests.push_back(same.repository + "@" + same.digest.ToString());
    }
    Json json = InspectJson(listed, tags, digests);
    if (format.empty() || format == "json")
      list.push_back(std::move(json));
    else
      puts(TRY(FillTemplate(format, json)).c_str());
  }
  if (format.empty() || format == "json")
    puts(list.dump(4, ' ', false, Json::error_handler_t::replace).c_str());
  return status;
}

int End(const Result<int>& done) { return done ? *done : Report(done.error(), 1); }

}  // namespace

int ListImages(const std::string& program, const Words& words) {
  FlagTable table(program + " images", "[FLAGS] [REPOSITORY[:TAG]]", "Lists the images of the store.");
  ListWishes wishes;
  bool no_trunc = false;
  table.Bool("quiet,q", "Ids only", wishes.quiet);
  table.Bool("no-trunc", "Whole ids", no_trunc);
  table.Bool("digests", "Digests too", wishes.digests);
  table.Text("format", "TEMPLATE", "{{.Repository}}:{{.Tag}} {{.ID}} {{.Digest}} {{.CreatedAt}} {{.Size}}",
             [&](const std::string& text) -> Result<void> {
               wishes.format = text == "json" ? "{{json .}}" : text == "table" ? "" : text;
               if (text.starts_with("table "))
                 return Fail("tables of your own are not made here", "leave out 'table'");
               return {};
             });
  table.Text("filter,f", "FILTER", "reference=NAME or dangling=BOOL",
             [&](const std::string& text) -> Result<void> {
               if (text.starts_with("reference=") && text.find('*') == std::string::npos) {
                 wishes.repository = text.substr(10);
                 size_t colon = wishes.repository.rfind(':');
                 if (colon != std::string::npos && wishes.repository.find('/', colon) == std::string::npos) {
                   wishes.tag = wishes.repository.substr(colon + 1);
                   wishes.repository.resize(colon);
                 }
                 return {};
               }
               if (!text.starts_with("dangling="))
                 return Fail("'" + text + "' is not known", "known are reference=NAME and dangling=BOOL");
               wishes.dangling = TRY(ParseGoBool(text.substr(9)));
               return {};
             });
  table.NoEffect("all,a", "", "there are no images in between");
  auto read = ReadWords(table, words, 0, 1, 125);
  if (!read) return read.error();
  wishes.whole = no_trunc;
  if (!read->empty()) {
    std::string name = (*read)[0];
    size_t colon = name.rfind(':');
    if (colon != std::string::npos && name.find('/', colon) == std::string::npos)
      wishes.tag = name.substr(colon + 1), name.resize(colon);
    wishes.repository = name;
  }
  return End(List(program, wishes));
}

int InspectImages(const std::string& program, const Words& words) {
  FlagTable table(program + " inspect", "[FLAGS] IMAGE...", "Prints what images are.");
  std::string format;
  table.Text("format,f", "TEMPLATE", "{{.Id}}, {{json .Config.Labels}}, {{index .RepoDigests 0}}", format);
  table.Only("type", "KIND", {"", "image"}, "there are only images here, no containers");
  table.Refuse("size,s", "", "Size is always there");
  auto read = ReadWords(table, words, 1, 1000, 125);
  if (!read) return read.error();
  return End(Inspect(program, *read, format));
}

}  // namespace guard::builder

// save and load: images as archives. Tested by tests/e2e/builder_standins.sh.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "policies/base/files.h"
#include "rootless-builder/cli/common_options.h"
#include "rootless-builder/cli/stand_ins.h"
#include "rootless-builder/layer/archive.h"

namespace guard::builder {

namespace {

// An archive is read from several places; what comes through a pipe is kept in a file without a name first.
Result<Fd> Seekable(Fd input, const std::string& directory) {
  struct stat info;
  if (fstat(input.get(), &info) == 0 && S_ISREG(info.st_mode)) return input;
  Fd file(open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (!file) return FailErrno("make a file in", directory);
  std::string buffer(size_t{1} << 20, '\0');
  for (;;) {
    ssize_t got = read(input.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FailErrno("read", "standard input");
    if (got == 0) break;
    for (ssize_t done = 0; done < got;) {
      ssize_t wrote = write(file.get(), buffer.data() + done, static_cast<size_t>(got - done));
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote < 0) return FailErrno("write", directory);
      done += wrote;
    }
  }
  lseek(file.get(), 0, SEEK_SET);
  return file;
}

Result<int> Load(const std::string& path, bool quiet) {
  auto store = TRY(Store::Open(DefaultStore()));
  bool from_stdin = path.empty() || path == "-";
  if (from_stdin && isatty(0))
    return Fail("there is no archive to load", "name it with -i FILE, or give it on standard input");
  Fd file(from_stdin ? dup(0) : open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return FailErrno("read", from_stdin ? "standard input" : path);
  file = TRY(Seekable(std::move(file), store->directory()));
  for (const NamedImage& image : TRY(ImportArchive(*store, file.get()))) {
    std::string name;
    if (!image.name.empty()) {
      name = TRY(StoreName(image.name));
    } else {
      // What has no name would be the next prune's.
      name = "localhost/loaded:" + image.target.digest.hex().substr(0, 12);
    }
    TRY_VOID(store->Tag(name, image.target));
    if (!quiet) printf("Loaded image: %s\n", name.c_str());
  }
  return 0;
}

Result<int> Save(const std::string& program, const std::string& path, const Words& names, bool oci) {
  auto store = TRY(Store::Open(DefaultStore()));
  std::vector<std::string> full;
  Descriptor target;
  for (const std::string& name : names) {
    auto image = TRY(FindImage(*store, name));
    if (!image) return Fail("no such image: " + name, program + " images lists what there is");
    if (!full.empty() && image->target.digest != target.digest)
      return Fail("one archive holds one image here; " + names[0] + " and " + name + " are two",
                  "save each into a file of its own");
    target = image->target;
    full.push_back(image->name);
  }
  bool to_stdout = path.empty() || path == "-";
  if (to_stdout && isatty(1))
    return Fail("an archive is not written to a terminal", "name a file with -o FILE");
  Fd file(to_stdout ? dup(1) : open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!file) return FailErrno("write", to_stdout ? "standard output" : path);
  if (oci)
    TRY_VOID(ExportOciArchive(*store, target, full, file.get()));
  else
    TRY_VOID(ExportDockerArchive(*store, target, full, file.get()));
  return 0;
}

}  // namespace

int LoadImages(const std::string& program, const Words& words) {
  FlagTable table(program + " load", "[-i FILE]", "Reads an image archive into the store.");
  std::string path;
  bool quiet = false;
  table.Text("input,i", "FILE", "The archive (default: standard input)", path);
  table.Bool("quiet,q", "Print nothing", quiet);
  table.Refuse("platform", "OS/ARCH", "the whole archive is loaded");
  auto read = ReadWords(table, words, 0, 0, 125);
  if (!read) return read.error();
  auto done = Load(path, quiet);
  return done ? *done : Report(done.error(), 1);
}

int SaveImages(const std::string& program, const Words& words) {
  FlagTable table(program + " save", "[-o FILE] IMAGE...", "Writes an image as an archive.");
  std::string path;
  bool oci = false;
  table.Text("output,o", "FILE", "The archive (default: standard output)", path);
  table.Text("format", "FORMAT", "docker-archive (default) or oci-archive",
             [&](const std::string& text) -> Result<void> {
               oci = text == "oci-archive";
               if (oci || text == "docker-archive") return {};
               return Fail("'" + text + "' is not known here", "known are docker-archive and oci-archive");
             });
  table.Bool("quiet,q", "Print nothing (always)", [](bool) { return Result<void>(); });
  table.Refuse("platform", "OS/ARCH", "pull or build that platform alone, and save it");
  auto read = ReadWords(table, words, 1, 1000, 125);
  if (!read) return read.error();
  auto done = Save(program, path, *read, oci);
  return done ? *done : Report(done.error(), 1);
}

}  // namespace guard::builder

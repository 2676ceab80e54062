// rootless-builder: Dockerfile to OCI image to registry, without a daemon and without root.
#include "rootless-builder/cli/commands.h"

int main(int argc, char** argv) { return guard::builder::RunBuilder(argc, argv, GUARD_VERSION); }

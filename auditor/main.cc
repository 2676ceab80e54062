// guardctl: the offline auditor.
#include "auditor/commands/commands.h"

int main(int argc, char** argv) { return guard::RunGuardctl(argc, argv, GUARD_VERSION); }

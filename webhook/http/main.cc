// guard-webhook: the admission webhook.
#include "webhook/http/serve.h"

int main(int argc, char** argv) { return guard::RunWebhook(argc, argv, GUARD_VERSION); }

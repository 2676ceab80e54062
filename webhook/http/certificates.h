// An authority and a serving certificate that it signed, for clusters without cert-manager.
#pragma once

#include <string>
#include <vector>

#include "policies/base/error.h"

namespace guard {

struct CertificateRequest {
  std::vector<std::string> dns, addresses;  // at least one of them
  int days = 365;
};

// All PEM.
struct MadeCertificates {
  std::string ca, ca_key, certificate, key;
};

// ECDSA over P-256. The names stand in the subject alternative names alone: the API server looks nowhere
// else.
Result<MadeCertificates> MakeCertificates(const CertificateRequest& request);

// A Secret of type kubernetes.io/tls, and behind it the caBundle for the webhook configurations, as YAML.
std::string CertificateManifest(const MadeCertificates& made, const std::string& namespace_name,
                                const std::string& secret);

}  // namespace guard

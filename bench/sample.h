// The inputs that benchmarks share: pods and manifests in the shape that real ones have.
#pragma once

#include <string>

namespace guard::bench {

// A pod with three containers, as a Deployment's template would make it; passes every default pack.
inline std::string GoodPod(int number = 0) {
  std::string n = std::to_string(number);
  std::string text = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: shop-" + n +
                     "\n  namespace: shop\n  labels:\n    app.kubernetes.io/name: shop\n    "
                     "app.kubernetes.io/instance: shop-" +
                     n +
                     "\nspec:\n  automountServiceAccountToken: false\n  securityContext:\n    runAsNonRoot: "
                     "true\n    runAsUser: 10001\n"
                     "    seccompProfile:\n      type: RuntimeDefault\n  containers:\n";
  for (const char* name : {"web", "metrics", "proxy"}) {
    text +=
        std::string("    - name: ") + name + "\n      image: registry.example.com/shop/" + name +
        "@sha256:3f1b2c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e7f809\n"
        "      ports:\n        - containerPort: 8080\n          name: http\n      env:\n        - name: "
        "LOG_LEVEL\n"
        "          value: info\n        - name: POD_NAME\n          valueFrom:\n            fieldRef:\n"
        "              fieldPath: metadata.name\n      resources:\n        requests: {cpu: 50m, memory: "
        "64Mi}\n"
        "        limits: {memory: 128Mi}\n      securityContext:\n        allowPrivilegeEscalation: false\n"
        "        readOnlyRootFilesystem: true\n        capabilities:\n          drop: [ALL]\n      "
        "volumeMounts:\n"
        "        - name: cache\n          mountPath: /cache\n";
  }
  return text +
         "  volumes:\n    - name: cache\n      emptyDir: {}\n    - name: config\n      configMap:\n        "
         "name: shop\n";
}

// The same with what a careless build pod has: findings of several guardrails.
inline std::string BadPod(int number = 0) {
  return "apiVersion: v1\nkind: Pod\nmetadata:\n  name: build-" + std::to_string(number) +
         "\nspec:\n  containers:\n    - name: dind\n      image: docker:27-dind\n      securityContext:\n"
         "        privileged: true\n      volumeMounts:\n        - name: docker\n          mountPath: "
         "/var/run/docker.sock\n"
         "  volumes:\n    - name: docker\n      hostPath:\n        path: /var/run/docker.sock\n";
}

}  // namespace guard::bench

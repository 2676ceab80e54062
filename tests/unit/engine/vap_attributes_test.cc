#include "policies/engine/vap_attributes.h"

#include <gtest/gtest.h>

namespace guard {
namespace {

TEST(VapAttributes, Resources) {
  for (auto [kind, resource] :
       std::initializer_list<std::pair<const char*, const char*>>{{"Pod", "pods"},
                                                                  {"Ingress", "ingresses"},
                                                                  {"NetworkPolicy", "networkpolicies"},
                                                                  {"Endpoints", "endpoints"},
                                                                  {"EndpointSlice", "endpointslices"},
                                                                  {"StorageClass", "storageclasses"},
                                                                  {"", ""}})
    EXPECT_EQ(ResourceOfKind(kind), resource);
}

TEST(VapAttributes, Scopes) {
  EXPECT_TRUE(IsClusterScoped("", "Namespace"));
  EXPECT_TRUE(IsClusterScoped("rbac.authorization.k8s.io", "ClusterRole"));
  EXPECT_FALSE(IsClusterScoped("", "Pod"));
  EXPECT_FALSE(IsClusterScoped("example.com", "Namespace"));
}

TEST(VapAttributes, Operations) {
  for (const char* name : {"CREATE", "UPDATE", "DELETE", "CONNECT"})
    EXPECT_EQ(ToString(*ParseAdmissionOperation(name)), name);
  EXPECT_FALSE(ParseAdmissionOperation("create"));
}

// The subject of a manifest's object.
struct Manifest {
  explicit Manifest(std::string text)
      : source("m.yaml", std::move(text)), documents(ReadYaml(source, YamlSchema::kKubernetes)) {
    const Node& root = documents.all.at(0).root;
    subject.object = root;
    subject.api_version = root.FindString("apiVersion");
    subject.object_kind = root.FindString("kind");
    if (const Node* metadata = root.Find("metadata")) {
      subject.name = metadata->FindString("name");
      subject.namespace_name = metadata->FindString("namespace");
    }
  }
  Source source;
  Documents documents;
  Subject subject;
};

TEST(VapAttributes, CreatingAnObject) {
  Arena arena;
  Manifest deployment("{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: shop}}");
  AdmissionAttributes a = AttributesToCreate(deployment.subject, arena);
  EXPECT_EQ(a.operation, AdmissionOperation::kCreate);
  EXPECT_EQ(a.kind, (ApiName{"apps", "v1", "Deployment"}));
  EXPECT_EQ(a.resource, (ApiName{"apps", "v1", "deployments"}));
  EXPECT_EQ(a.name, "web");
  EXPECT_EQ(a.namespace_name, "shop");
  EXPECT_EQ(a.user.name, "guardctl");
  EXPECT_EQ(a.old_object, nullptr);
}

TEST(VapAttributes, NamespacesOfObjects) {
  Arena arena;
  Manifest generated("{apiVersion: v1, kind: Pod, metadata: {generateName: web-}}");
  EXPECT_EQ(AttributesToCreate(generated.subject, arena).namespace_name, "default");
  EXPECT_EQ(AttributesToCreate(generated.subject, arena).name, "");
  Manifest role("{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: r}}");
  EXPECT_EQ(AttributesToCreate(role.subject, arena).namespace_name, "");
  Manifest space("{apiVersion: v1, kind: Namespace, metadata: {name: shop}}");
  EXPECT_EQ(AttributesToCreate(space.subject, arena).namespace_name, "shop");
}

}  // namespace
}  // namespace guard

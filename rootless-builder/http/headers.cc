// Tested by head_test.cc.
#include "rootless-builder/http/headers.h"

#include <algorithm>

namespace guard::builder::http {
namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

bool EqualNoCase(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return Lower(x) == Lower(y); });
}

const std::string* Headers::Find(std::string_view name) const {
  for (const auto& [key, value] : all_)
    if (EqualNoCase(key, name)) return &value;
  return nullptr;
}

std::string_view Headers::Get(std::string_view name) const {
  const std::string* value = Find(name);
  return value ? std::string_view(*value) : std::string_view();
}

std::vector<std::string_view> Headers::All(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const auto& [key, value] : all_)
    if (EqualNoCase(key, name)) values.emplace_back(value);
  return values;
}

void Headers::Remove(std::string_view name) {
  std::erase_if(all_, [&](const auto& field) { return EqualNoCase(field.first, name); });
}

}  // namespace guard::builder::http

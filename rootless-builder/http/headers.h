// Header fields of a request or an answer, in their order.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace guard::builder::http {

class Headers {
 public:
  void Add(std::string name, std::string value) { all_.emplace_back(std::move(name), std::move(value)); }
  // The first value of a name, whatever its case; null when there is none.
  const std::string* Find(std::string_view name) const;
  std::string_view Get(std::string_view name) const;  // empty when there is none
  std::vector<std::string_view> All(std::string_view name) const;
  void Remove(std::string_view name);

  auto begin() const { return all_.begin(); }
  auto end() const { return all_.end(); }
  size_t size() const { return all_.size(); }

 private:
  std::vector<std::pair<std::string, std::string>> all_;
};

bool EqualNoCase(std::string_view a, std::string_view b);

}  // namespace guard::builder::http

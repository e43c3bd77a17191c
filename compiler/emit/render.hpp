#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "emit/templates.hpp"

namespace shmidl::emit {

struct Rendered {
  std::string text;
  std::string error;  ///< empty when it worked
};

/// Fills templates with one decorated model. The model is turned into the engine's own form once, however many templates follow.
class Renderer {
 public:
  Renderer(const Templates& templates, const nlohmann::ordered_json& model);
  Renderer(const Renderer&) = delete;
  Renderer& operator=(const Renderer&) = delete;
  ~Renderer();

  [[nodiscard]] Rendered render(const std::string& name);

 private:
  struct Data;
  const Templates& templates_;
  std::unique_ptr<Data> data_;
};

}  // namespace shmidl::emit

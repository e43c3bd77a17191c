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

/// A template, parsed; it can be filled any number of times.
class Form {
 public:
  Form(const Templates& templates, const std::string& name);
  Form(Form&&) noexcept;
  ~Form();

  /// What is wrong with the template; empty when nothing is.
  [[nodiscard]] const std::string& error() const { return error_; }

 private:
  friend class Page;
  struct Engines;
  std::unique_ptr<Engines> engines_;
  std::string error_;
};

/// A form with what is filled into it: a decorated file, then its declarations in their order. Whatever the form prints of each of them is
/// printed when it is added, in each place where the form goes over all, so that the model of a declaration need not outlive this.
class Page {
 public:
  Page(Form& form, const nlohmann::ordered_json& file);  ///< `file` outlives this
  Page(Form& form, nlohmann::ordered_json&& file) = delete;
  Page(Page&&) noexcept;
  ~Page();

  void add(const nlohmann::ordered_json& declaration);
  /// What went wrong so far; empty when nothing did. Not after `finish`.
  [[nodiscard]] const std::string& error() const;
  /// The text, in its final shape. Once.
  [[nodiscard]] std::string finish(std::size_t width);

 private:
  friend Rendered render(const Templates&, const std::string&, const nlohmann::ordered_json&);
  struct State;
  std::unique_ptr<State> state_;
};

/// The named template, filled with a whole file, as it is before `tidy`.
[[nodiscard]] Rendered render(const Templates& templates, const std::string& name, const nlohmann::ordered_json& model);

}  // namespace shmidl::emit

#pragma once

#include <deque>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "emit/mustache.hpp"

namespace shmidl::emit {

/// What the engine finds under a name: members of the JSON object that it is in, else of the objects around it.
///
/// The engine's own context would need all of the JSON in the engine's own form; this one turns into it what is asked for, when it is.
class Scope final : public kainjow::mustache::basic_context<std::string> {
 public:
  using Json = nlohmann::ordered_json;
  using Data = kainjow::mustache::data;
  /// Fills the piece of this name into the string. False when there is none.
  using Fill = std::function<bool(const std::string& name, std::string& out)>;

  explicit Scope(Fill fill) : fill_(std::move(fill)) {}

  void enter(const Json* json);
  void leave() { --depth_; }

  void push(const Data* data) override;
  void pop() override { leave(); }
  [[nodiscard]] const Data* get(const std::string& name) const override;
  [[nodiscard]] const Data* get_partial(const std::string& /*name*/) const override { return nullptr; }  // `cut` left none

 private:
  struct Frame {
    const Json* json = nullptr;  ///< null: nothing has a name in it
    const Json* list = nullptr;  ///< the array that was asked for last in it
    Data items{false};           ///< as many values as that array has; the engine goes over them, and `push` counts along
  };

  [[nodiscard]] const Json* find(const std::string& name) const;
  [[nodiscard]] const Data* give(const Json& json) const;

  Fill fill_;
  [[nodiscard]] Frame& top() const { return frames_[depth_ - 1]; }

  mutable std::deque<Frame> frames_;    ///< the engine holds pointers into them while more are added
  std::size_t depth_ = 0;               ///< how many of them are in use
  mutable const Json* last_ = nullptr;  ///< what was given last
  mutable Data text_{false};            ///< where the engine reads it
  Data yes_{true};
  Data no_{false};
};

}  // namespace shmidl::emit

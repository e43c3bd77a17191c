#include "emit/output.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <string_view>
#include <system_error>

namespace shmidl::emit {
namespace fs = std::filesystem;

namespace {

std::string message(int error) { return std::generic_category().message(error); }

bool holds(const fs::path& path, const std::string& text) {
  std::error_code error;
  if (!fs::is_regular_file(path, error) || fs::file_size(path, error) != text.size()) return false;
  std::ifstream in(path, std::ios::binary);
  const std::string old(std::istreambuf_iterator<char>(in), {});
  return in && old == text;
}

/// The owner and the mode of the file whose place is taken. Who is not allowed to give the file away keeps it.
int take_over(int fd, const fs::path& old) {
  struct stat before {};
  if (::stat(old.c_str(), &before) != 0 || !S_ISREG(before.st_mode)) return 0;
  const bool given = ::fchown(fd, before.st_uid, before.st_gid) == 0;
  constexpr ::mode_t kPermissions = 0777;
  constexpr ::mode_t kAll = 07777;
  return ::fchmod(fd, before.st_mode & (given ? kAll : kPermissions)) == 0 ? 0 : errno;
}

/// The error number, or 0.
int write_file(const fs::path& path, std::string_view text, const fs::path& old) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (fd < 0) return errno;
  int error = take_over(fd, old);
  while (!text.empty() && error == 0) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno != EINTR) error = errno;
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::close(fd) != 0 && error == 0) error = errno;
  if (error != 0) ::unlink(path.c_str());
  return error;
}

/// Texts that wait under another name. Whatever was not renamed is removed at the end.
class Waiting {
 public:
  Waiting() = default;
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;
  ~Waiting() {
    std::error_code error;
    for (const auto& [temporary, path] : files_) fs::remove(temporary, error);
  }

  WriteFault add(const Output& output) {
    std::error_code error;
    const fs::path folder = output.path.has_parent_path() ? output.path.parent_path() : fs::path{"."};
    fs::create_directories(folder, error);
    if (error) return {folder, error.message()};
    if (fs::is_directory(output.path, error)) return {output.path, "it is a directory"};
    const fs::path temporary = folder / ("." + output.path.filename().string() + "." + std::to_string(::getpid()) + ".new");
    ::unlink(temporary.c_str());  // of an earlier process with this number
    if (const int fault = write_file(temporary, output.text, output.path); fault != 0) return {output.path, message(fault)};
    files_.emplace_back(temporary, output.path);
    return {};
  }

  WriteFault rename_all() {
    while (!files_.empty()) {
      std::error_code error;
      fs::rename(files_.back().first, files_.back().second, error);
      if (error) return {files_.back().second, error.message()};
      files_.pop_back();
    }
    return {};
  }

 private:
  std::vector<std::pair<fs::path, fs::path>> files_;
};

std::string escaped(const std::string& path) {
  std::string text;
  for (const char c : path) {
    if (c == ' ' || c == '#' || c == '\\') text += '\\';
    if (c == '$') text += '$';
    text += c;
  }
  return text;
}

}  // namespace

WriteFault write_all(const std::vector<Output>& outputs) {
  Waiting waiting;
  for (const Output& output : outputs) {
    if (holds(output.path, output.text)) continue;
    if (WriteFault fault = waiting.add(output); !fault.reason.empty()) return fault;
  }
  return waiting.rename_all();
}

std::string depfile(const std::vector<fs::path>& outputs, const std::vector<std::string>& inputs) {
  std::string text;
  for (const fs::path& output : outputs) text += (text.empty() ? "" : " ") + escaped(output.generic_string());
  text += ":";
  for (const std::string& input : inputs) text += " \\\n  " + escaped(input);
  return text + "\n";
}

}  // namespace shmidl::emit

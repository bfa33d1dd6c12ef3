#include "echelon/core/archive.hpp"

#include <cstring>

#include "echelon/core/error.hpp"

namespace echelon {
namespace {

template <class T>
void append(std::vector<std::byte>& out, const T* data, std::size_t count) {
  const auto* bytes = reinterpret_cast<const std::byte*>(data);
  out.insert(out.end(), bytes, bytes + count * sizeof(T));
}

void append_size(std::vector<std::byte>& out, std::size_t size) {
  const auto value = static_cast<std::uint64_t>(size);
  append(out, &value, 1);
}

class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : rest_(bytes) {}

  bool done() const { return rest_.empty(); }

  std::uint64_t size() {
    std::uint64_t value = 0;
    std::memcpy(&value, take(1, sizeof value).data(), sizeof value);
    return value;
  }

  template <class T>
  std::vector<T> values(std::uint64_t count) {
    const auto bytes = take(count, sizeof(T));
    std::vector<T> result(count);
    if (count > 0) std::memcpy(result.data(), bytes.data(), bytes.size());
    return result;
  }

 private:
  std::span<const std::byte> take(std::uint64_t count, std::size_t width) {
    require(count <= rest_.size() / width, ExitCode::data,
            "archive is truncated ({} values of {} bytes announced, {} bytes left)", count, width,
            rest_.size());
    const auto taken = rest_.first(static_cast<std::size_t>(count) * width);
    rest_ = rest_.subspan(taken.size());
    return taken;
  }

  std::span<const std::byte> rest_;
};

Archive::Array read_array(Reader& reader) {
  const auto type = reader.size();
  const auto count = reader.size();
  switch (type) {
    case 0:
      return reader.values<double>(count);
    case 1:
      return reader.values<float>(count);
    case 2:
      return reader.values<std::int64_t>(count);
    default:
      fail(ExitCode::data, fmt::format("archive holds an array of unknown type {}", type));
  }
}

}  // namespace

void Archive::put(const std::string& name, Array values) { arrays_[name] = std::move(values); }

void Archive::put_all(const std::string& prefix, const Archive& other) {
  for (const auto& [name, values] : other.arrays_) put(prefix + "/" + name, values);
}

template <class T>
const std::vector<T>& Archive::get(const std::string& name) const {
  const auto found = arrays_.find(name);
  require(found != arrays_.end(), ExitCode::data, "field '{}' is missing", name);
  const auto* values = std::get_if<std::vector<T>>(&found->second);
  require(values != nullptr, ExitCode::data, "field '{}' has another element type", name);
  return *values;
}

template <class T>
T Archive::get_scalar(const std::string& name) const {
  const auto& values = get<T>(name);
  require(values.size() == 1, ExitCode::data, "field '{}' has {} elements (expected 1)", name,
          values.size());
  return values.front();
}

template const std::vector<double>& Archive::get(const std::string&) const;
template const std::vector<float>& Archive::get(const std::string&) const;
template const std::vector<std::int64_t>& Archive::get(const std::string&) const;
template double Archive::get_scalar(const std::string&) const;
template float Archive::get_scalar(const std::string&) const;
template std::int64_t Archive::get_scalar(const std::string&) const;

Archive Archive::part(const std::string& prefix) const {
  const std::string start = prefix + "/";
  Archive result;
  for (auto it = arrays_.lower_bound(start); it != arrays_.end() && it->first.starts_with(start);
       ++it)
    result.put(it->first.substr(start.size()), it->second);
  return result;
}

std::vector<std::byte> Archive::to_bytes() const {
  std::vector<std::byte> out;
  for (const auto& [name, array] : arrays_) {
    append_size(out, name.size());
    append(out, name.data(), name.size());
    append_size(out, array.index());
    std::visit(
        [&out](const auto& values) {
          append_size(out, values.size());
          append(out, values.data(), values.size());
        },
        array);
  }
  return out;
}

Archive Archive::from_bytes(std::span<const std::byte> bytes) {
  Reader reader(bytes);
  Archive result;
  while (!reader.done()) {
    const auto name = reader.values<char>(reader.size());
    result.put(std::string(name.begin(), name.end()), read_array(reader));
  }
  return result;
}

}  // namespace echelon

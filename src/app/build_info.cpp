#include "echelon/app/build_info.hpp"

#include <elf.h>
#include <fmt/format.h>
#include <link.h>

#include <cstring>
#include <span>

namespace echelon {
namespace {

/// Appends the build id of the program itself, the first object in the list, in hexadecimal.
int append_build_id(dl_phdr_info* object, std::size_t, void* out) {
  auto& text = *static_cast<std::string*>(out);
  for (const auto& header : std::span(object->dlpi_phdr, object->dlpi_phnum)) {
    if (header.p_type != PT_NOTE) continue;
    auto* note = reinterpret_cast<const char*>(object->dlpi_addr + header.p_vaddr);
    const auto* const end = note + header.p_memsz;
    while (note + sizeof(ElfW(Nhdr)) <= end) {
      ElfW(Nhdr) entry;
      std::memcpy(&entry, note, sizeof entry);
      const auto* name = note + sizeof entry;
      const auto* value = name + (entry.n_namesz + 3) / 4 * 4;
      if (entry.n_type == NT_GNU_BUILD_ID && std::memcmp(name, "GNU", 4) == 0)
        for (const char byte : std::span(value, entry.n_descsz))
          text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
      note = value + (entry.n_descsz + 3) / 4 * 4;
    }
  }
  return 1;
}

std::string compiler() {
#ifdef __clang__
  return fmt::format("clang {}", __clang_version__);
#else
  return fmt::format("g++ {}", __VERSION__);
#endif
}

}  // namespace

std::string version() { return ECHELON_VERSION; }

std::string build_description() {
  std::string id;
  dl_iterate_phdr(append_build_id, &id);
  return fmt::format("echelon {}, {}, {}, build id {}", version(), compiler(), ECHELON_BUILD_TYPE,
                     id.empty() ? "none" : id);
}

std::string instruction_set() {
  std::string out;
#ifdef __AVX512F__
  out += "avx512f ";
#endif
#ifdef __AVX2__
  out += "avx2 ";
#endif
#ifdef __AVX__
  out += "avx ";
#endif
#ifdef __FMA__
  out += "fma ";
#endif
#ifdef __SSE2__
  out += "sse2 ";
#endif
#ifdef __ARM_NEON
  out += "neon ";
#endif
  if (out.empty()) return "scalar";
  out.pop_back();
  return out;
}

}  // namespace echelon

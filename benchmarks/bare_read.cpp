// The fastest that replicate weights can be read: the sum of every column, on all processors, and nothing else.
//
//   irosurvey_bare_read FOLDER
//
// reads the columns rw1.f8, rw2.f8, … and answers in the words of peers/asked.py. What a mean through replicates
// costs is told as a multiple of this: no program can do with less than looking at every weight once.
#include <sys/mman.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

struct Free {
  void operator()(void* memory) const { std::free(memory); }
};

/// Doubles on huge pages, as NumPy's large arrays are where the system grants them.
struct Column {
  std::size_t size = 0;
  std::unique_ptr<double, Free> values;
};

constexpr std::size_t kHugePage = std::size_t{1} << 21U;

Column read_column(const std::filesystem::path& file) {
  const std::size_t bytes = std::filesystem::file_size(file);
  const std::size_t room = (bytes + kHugePage - 1) / kHugePage * kHugePage;
  Column column;
  column.size = bytes / sizeof(double);
  column.values.reset(static_cast<double*>(std::aligned_alloc(kHugePage, room)));
  if (!column.values) throw std::bad_alloc();
  madvise(column.values.get(), room, MADV_HUGEPAGE);
  std::ifstream stream(file, std::ios::binary);
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): a file is bytes
  stream.read(reinterpret_cast<char*>(column.values.get()), static_cast<std::streamsize>(bytes));
  if (!stream) throw std::runtime_error("cannot read " + file.string());
  return column;
}

/// Sixteen sums side by side: enough that no addition waits for the one before it.
double sum_of(const Column& column) {
  constexpr std::size_t kLanes = 16;
  double lanes[kLanes] = {};
  const double* value = column.values.get();
  const std::size_t whole = column.size / kLanes * kLanes;
  for (std::size_t row = 0; row < whole; row += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) lanes[lane] += value[row + lane];
  }
  double sum = 0.0;
  for (const double lane : lanes) sum += lane;
  for (std::size_t row = whole; row < column.size; ++row) sum += value[row];
  return sum;
}

/// The sum of each column; thread t takes columns t, t + threads, …
std::vector<double> sums_of(const std::vector<Column>& columns) {
  std::vector<double> sums(columns.size());
  const std::size_t threads = std::max(1U, std::thread::hardware_concurrency());
  const auto work = [&](std::size_t first) {
    for (std::size_t i = first; i < columns.size(); i += threads) sums[i] = sum_of(columns[i]);
  };
  std::vector<std::thread> others;
  for (std::size_t t = 1; t < threads; ++t) others.emplace_back(work, t);
  work(0);
  for (std::thread& other : others) other.join();
  return sums;
}

double seconds_of(const std::vector<Column>& columns, std::vector<double>& sums) {
  const auto begin = std::chrono::steady_clock::now();
  sums = sums_of(columns);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

void answer(const std::filesystem::path& folder) {
  std::vector<Column> columns;
  for (int i = 1; std::filesystem::exists(folder / ("rw" + std::to_string(i) + ".f8")); ++i) {
    columns.push_back(read_column(folder / ("rw" + std::to_string(i) + ".f8")));
  }
  if (columns.empty()) throw std::runtime_error("no columns rw1.f8, … in " + folder.string());
  std::vector<double> sums;
  std::cout << std::setprecision(17) << "@answer\t" << seconds_of(columns, sums) << "\t0\t0\t\t\n" << std::flush;
  std::string word;
  if (!std::getline(std::cin, word) || (word != "go" && word != "once")) return;
  std::cout << "@warm\t";
  for (int call = 0; call < (word == "go" ? 101 : 1); ++call)
    std::cout << (call == 0 ? "" : ",") << seconds_of(columns, sums);
  std::cout << "\n";
}

}  // namespace

int main(int count, char** arguments) {
  try {
    if (count != 2) throw std::runtime_error("usage: irosurvey_bare_read FOLDER");
    answer(arguments[1]);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 2;
  }
}

#include <echelon/core/log_math.hpp>

int main() { return echelon::log_add(0.0, 0.0) > 0.69 ? 0 : 1; }

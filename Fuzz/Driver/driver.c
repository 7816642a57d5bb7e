// The package manager renames the program's `main` to `fuzz_main` and calls that; libFuzzer's own would not be found.
#include <stddef.h>
#include <stdint.h>

#include "driver.h"

int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*run)(const uint8_t *bytes, size_t count));
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

int fuzz_main(int argc, char **argv) {
    return LLVMFuzzerRunDriver(&argc, &argv, LLVMFuzzerTestOneInput);
}

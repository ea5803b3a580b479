#pragma once

#include <cstddef>
#include <cstdint>

// What a fuzzer defines, and libFuzzer or replay_main.cc calls.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

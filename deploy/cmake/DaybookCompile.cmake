# Every target of ours links daybook_options; third-party targets never do.
add_library(daybook_options INTERFACE)
target_compile_features(daybook_options INTERFACE cxx_std_20)
target_compile_options(daybook_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor
  -Wold-style-cast -Woverloaded-virtual)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(daybook_options INTERFACE -Wsuggest-override)
endif()

set(DAYBOOK_SANITIZE "" CACHE STRING "address,undefined | thread | fuzzer-no-link,address,undefined | (empty)")
if(DAYBOOK_SANITIZE)
  # The generated code is ours to build too, so both kinds of target get it.
  add_compile_options(-fsanitize=${DAYBOOK_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${DAYBOOK_SANITIZE})
  if(DAYBOOK_SANITIZE STREQUAL "thread")
    # deploy/checks/tsan.supp names functions, so each must be seen on the stack.
    add_compile_options(-fno-inline -fno-optimize-sibling-calls)
  endif()
endif()

option(DAYBOOK_COVERAGE "Count which lines the tests reach" OFF)
if(DAYBOOK_COVERAGE)
  target_compile_options(daybook_options INTERFACE --coverage)
  target_link_options(daybook_options INTERFACE --coverage)
endif()
set(CMAKE_CXX_EXTENSIONS OFF)

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CCACHE_PROGRAM}")
endif()

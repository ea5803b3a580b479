# Rooms from the ground floor up. A room may link only to rooms before it in
# this list, so a cycle or an upward link stops the configure step.
set(DAYBOOK_FLOORS
  proto core schema event telemetry ledger query detect auth db_sqlite spool signer witness
  storage storage_sqlite verify scrub journal proto_grpc rpc
  vault process sqltext migration migrator_sqlite migrator_backup migrator_green)

function(_daybook_check_floor room)
  list(FIND DAYBOOK_FLOORS ${room} here)
  if(here EQUAL -1)
    message(FATAL_ERROR "${room}: not a room; add it to DAYBOOK_FLOORS")
  endif()
  foreach(link IN LISTS ARGN)
    if(link MATCHES "^daybook::(.+)$")
      list(FIND DAYBOOK_FLOORS ${CMAKE_MATCH_1} there)
      if(there GREATER_EQUAL here)
        message(FATAL_ERROR "daybook::${room} may not link upward to ${link}")
      endif()
    endif()
  endforeach()
endfunction()

# daybook_room(<name> [FOLDER <the folder its includes start from: services>]
#              HEADERS ... SOURCES ... [PUBLIC ...] [PRIVATE ...])
function(daybook_room room)
  cmake_parse_arguments(ARG "" "FOLDER" "HEADERS;SOURCES;PUBLIC;PRIVATE" ${ARGN})
  if(NOT ARG_FOLDER)
    set(ARG_FOLDER "${PROJECT_SOURCE_DIR}/services")
  endif()
  _daybook_check_floor(${room} ${ARG_PUBLIC} ${ARG_PRIVATE})
  if(ARG_SOURCES)
    add_library(daybook_${room} STATIC ${ARG_SOURCES})
    set(scope PUBLIC)
    target_link_libraries(daybook_${room} PUBLIC ${ARG_PUBLIC}
                          PRIVATE ${ARG_PRIVATE} daybook_options)
  else()
    add_library(daybook_${room} INTERFACE)
    set(scope INTERFACE)
    target_link_libraries(daybook_${room} INTERFACE ${ARG_PUBLIC})
  endif()
  target_sources(daybook_${room} ${scope} FILE_SET HEADERS
                 BASE_DIRS "${ARG_FOLDER}" FILES ${ARG_HEADERS})
  target_compile_features(daybook_${room} ${scope} cxx_std_20)
  add_library(daybook::${room} ALIAS daybook_${room})
endfunction()

# daybook_program(<name> FOLDER <the folder its includes start from>
#                 SOURCES ... LINKS ...)
# A program: its main.cc, and everything else in a library that tests can link.
# It sits above every floor and may link any room.
function(daybook_program program)
  cmake_parse_arguments(ARG "" "FOLDER" "HEADERS;SOURCES;LINKS" ${ARGN})
  string(REPLACE "-" "_" library "daybook_program_${program}")
  add_library(${library} STATIC ${ARG_SOURCES})
  target_sources(${library} PUBLIC FILE_SET HEADERS BASE_DIRS "${ARG_FOLDER}" FILES ${ARG_HEADERS})
  target_link_libraries(${library} PUBLIC ${ARG_LINKS} PRIVATE daybook_options)
  target_compile_definitions(${library} PUBLIC DAYBOOK_VERSION="${PROJECT_VERSION}")
  target_compile_features(${library} PUBLIC cxx_std_20)
  add_executable(${program} main.cc)
  target_link_libraries(${program} PRIVATE ${library} daybook_options)
  set_target_properties(${program} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
  install(TARGETS ${program} RUNTIME DESTINATION bin)
endfunction()

# daybook_test(<room>_test LABELS unit [threads] SOURCES ... LINKS ...)
# The label `threads` is for tests of rooms that hold no gRPC: they also run
# under ThreadSanitizer.
add_custom_target(thread_tests)
function(daybook_test name)
  cmake_parse_arguments(ARG "" "" "LABELS;SOURCES;LINKS" ${ARGN})
  include(GoogleTest)
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LINKS} daybook_test_support daybook_options GTest::gmock_main)
  # gtest_discover_tests loses all but the first of a list; ctest matches labels
  # by regular expression, so one name that holds them all serves.
  list(JOIN ARG_LABELS "_" label)
  gtest_discover_tests(${name} PROPERTIES LABELS "${label}" DISCOVERY_MODE PRE_TEST
                       DISCOVERY_TIMEOUT 60)
  if(threads IN_LIST ARG_LABELS)
    add_dependencies(thread_tests ${name})
  endif()
endfunction()

# daybook_script_test(<name> LABELS ... COMMAND ...)
# A test that runs the built programs; it finds them in DAYBOOK_BIN_DIR. Exit
# code 77 is a skip, which the summary shows.
function(daybook_script_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "LABELS;COMMAND" ${ARGN})
  add_test(NAME ${name} COMMAND ${ARG_COMMAND})
  set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABELS}" SKIP_RETURN_CODE 77
    TIMEOUT "${ARG_TIMEOUT}"
    ENVIRONMENT "DAYBOOK_BIN_DIR=${PROJECT_BINARY_DIR}/bin;DAYBOOK_BUILD_DIR=${PROJECT_BINARY_DIR};PYTHONDONTWRITEBYTECODE=1")
endfunction()

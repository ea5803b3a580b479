# Everything that protoc writes, for tools that only read it (clang-tidy).
add_custom_target(generated_sources)

# daybook_proto_library(<name> [MESSAGES <proto>...] [SERVICES <proto>...] [LINKS ...])
# The messages of some files, the gRPC stubs of some, or both.
function(daybook_proto_library name)
  cmake_parse_arguments(ARG "" "" "MESSAGES;SERVICES;LINKS" ${ARGN})
  set(import_dirs "${CMAKE_CURRENT_SOURCE_DIR}" "${PROJECT_SOURCE_DIR}/proto")
  add_library(${name} STATIC)
  set(messages)
  set(stubs)
  if(ARG_MESSAGES)
    protobuf_generate(TARGET ${name} LANGUAGE cpp OUT_VAR messages
      PROTOS ${ARG_MESSAGES} IMPORT_DIRS ${import_dirs})
  endif()
  if(ARG_SERVICES)
    protobuf_generate(TARGET ${name} LANGUAGE grpc OUT_VAR stubs
      PROTOS ${ARG_SERVICES} IMPORT_DIRS ${import_dirs}
      GENERATE_EXTENSIONS .grpc.pb.h .grpc.pb.cc
      PLUGIN "protoc-gen-grpc=$<TARGET_FILE:gRPC::grpc_cpp_plugin>")
  endif()
  target_include_directories(${name} SYSTEM PUBLIC "${CMAKE_CURRENT_BINARY_DIR}")
  target_link_libraries(${name} PUBLIC protobuf::libprotobuf ${ARG_LINKS})
  target_compile_features(${name} PUBLIC cxx_std_20)
  # Each generated source has globals of the same names.
  set_target_properties(${name} PROPERTIES UNITY_BUILD OFF)
  add_custom_target(${name}_sources DEPENDS ${messages} ${stubs})
  add_dependencies(generated_sources ${name}_sources)
endfunction()

# openapi/*.json, a piece a resource, put together to one document and embedded: a generated
# openapi_document.cpp. common.json is the frame; of the others `paths` and `components` are taken.
# A piece that is no JSON, or names what another one has, fails to configure.
set(openapi_document "")
file(GLOB openapi_pieces CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/*.json)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${openapi_pieces})

# openapi_join(MEMBERS WHERE…): adds to the list of texts and the count of members what each piece
# has at that place.
function(openapi_join result)
  set(joined "")
  set(count 0)
  foreach(piece ${openapi_pieces})
    file(READ ${piece} text)
    string(JSON object ERROR_VARIABLE absent GET "${text}" ${ARGN})
    if(absent)
      string(JSON ignored TYPE "${text}")  # no JSON at all: fails here
      continue()
    endif()
    string(JSON length LENGTH "${object}")
    math(EXPR count "${count} + ${length}")
    string(REGEX REPLACE "^{(.*)}$" "\\1" members "${object}")
    string(APPEND joined "${separator}${members}")
    set(separator ",")
  endforeach()
  string(JSON length LENGTH "{${joined}}")
  if(NOT length EQUAL count)
    message(FATAL_ERROR "two pieces of openapi.json name the same member of: ${ARGN}")
  endif()
  set(${result} "{${joined}}" PARENT_SCOPE)
endfunction()

openapi_join(openapi_paths paths)
openapi_join(openapi_schemas components schemas)
file(READ ${CMAKE_CURRENT_LIST_DIR}/common.json openapi_document)
string(JSON openapi_document SET "${openapi_document}" info version "\"${PROJECT_VERSION}\"")
string(JSON openapi_document SET "${openapi_document}" paths "${openapi_paths}")
string(JSON openapi_document SET "${openapi_document}" components schemas "${openapi_schemas}")
string(REGEX REPLACE "\n[ \t]+" "\n" openapi_document "${openapi_document}")

file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/openapi_document.cpp @ONLY CONTENT
"#include \"api/openapi_document.h\"

namespace wharf::api {

std::string_view openapi_document() {
  return R\"openapi(@openapi_document@)openapi\";
}

}  // namespace wharf::api
")
target_sources(wharf_api PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/openapi_document.cpp)

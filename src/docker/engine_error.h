#pragma once

#include <wharf/error.h>

#include <string>
#include <string_view>
#include <utility>

namespace wharf::docker {

/// What went wrong between us and an engine, as exactly as who launches a connector must know it.
enum class EngineFault {
  unreachable,           ///< no socket, nobody listens, or no permission
  gone,                  ///< it hung up in the middle of an answer
  timed_out,             ///< it did not answer in time
  cancelled,             ///< whoever asked no longer wants to know
  bad_answer,            ///< it answered what no engine answers
  unsupported,           ///< too old, remote, or with a runtime that cannot share FIFOs and sockets
  image_not_found,       ///< neither here nor, on a pull, in the registry
  registry_refused,      ///< no login, a wrong one, or one without the right
  registry_unreachable,  ///< no route, no name, no answer, no trusted certificate
  no_space,              ///< the engine's disk is full
  wrong_platform,        ///< the image is for another architecture or system
  entrypoint_not_found,  ///< the program to start is not in the image, or may not be executed
  not_found,             ///< no such container or network
  conflict,              ///< the name is in use, or the container is in another state
  refused,               ///< the engine calls the request wrong or forbidden
  failed,                ///< any other failure of the engine
};

/// The stable name of a fault: "image_not_found".
std::string_view name_of(EngineFault fault);
/// The word of the one vocabulary of failure that a fault is a case of.
ErrorCode code_of(EngineFault fault);

/// An Error that says more to who asks: it turns into a plain Error wherever one is wanted. The
/// message keeps the engine's own words.
struct EngineError : Error {
  EngineError() = default;
  EngineError(EngineFault what, std::string why)
      : Error{code_of(what), std::move(why), Origin::platform}, fault(what) {}

  EngineError during(std::string_view doing) && {
    message = std::move(static_cast<Error&>(*this)).during(doing).message;
    return std::move(*this);
  }

  EngineFault fault = EngineFault::failed;
};

/// A value, or what an engine made of the wish.
template <class T>
using EngineResult = boost::system::result<T, EngineError>;

/// What an engine's refusal means: `status` of its answer (or 200 for an error within a stream) and
/// its own words, which decide where engines answer 500 to everything. Pure. A 404 that names
/// neither image nor manifest is `not_found`.
EngineFault fault_of_answer(unsigned status, std::string_view message);

}  // namespace wharf::docker

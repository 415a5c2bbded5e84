#pragma once

#include <docker/engine_client.h>
#include <launcher/launcher.h>

#include <filesystem>
#include <string>

namespace wharf::launcher {

/// Which image is wanted, and who we are to its registry.
struct ImageWish {
  std::string reference;
  std::filesystem::path logins;  ///< as Docker's config.json; empty: none
  News news = {};                ///< told how far a pull is, every few seconds
};

/// The image as the engine has it, pulled first if it is not there. The file of logins is read when
/// it is needed, so that a new login counts at once. Fails with the engine's fault; with `refused`
/// if the reference is none, with `registry_refused` if the logins cannot be read or others may
/// read them too, and with `wrong_platform`. Cancelled or destroyed it hangs up, which ends the
/// engine's pull.
docker::EngineAnswer<docker::ImageFacts> fetch_image(docker::EngineClient engine,
                                                     docker::EngineInfo info, ImageWish wish);

}  // namespace wharf::launcher

// Stacking layers with overlayfs.
#pragma once

#include <string>
#include <vector>

#include "policies/base/error.h"

namespace guard::builder {

// Mounts on `target`. `lowers`: topmost first. `user_xattr`: overlayfs keeps its notes in user.overlay.*, as
// it must in a user namespace. Upper directories come out plain: no redirects, no metadata-only copies.
// Nothing is synced: whoever wants an upper directory to survive a crash of the machine syncs it.
Result<void> MountOverlayAt(const std::vector<std::string>& lowers, const std::string& upper,
                            const std::string& work, const std::string& target, bool user_xattr);

}  // namespace guard::builder

import CBuildInfo

/// What this build calls itself: in `lookout version`, in the hello and in the log.
package enum BuildInfo {
    package static let version = "0.3.0"
    package static let commit = String(cString: lookout_build_commit())
}

import Base

/// Checks a container id or name that is about to become part of a path.
package enum ContainerReference {
    /// Docker's own rule for names, bounded: `[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}`.
    package static func isValid(_ text: String) -> Bool {
        let utf8 = text.utf8
        guard (1...128).contains(utf8.count), utf8.first?.isAlphanumeric == true else { return false }
        return utf8.allSatisfy { $0.isAlphanumeric || $0 == 0x5f || $0 == 0x2e || $0 == 0x2d }
    }
}

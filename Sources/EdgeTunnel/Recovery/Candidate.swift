import Drydock

/// One way to reach a controller.
struct Candidate: Hashable, Sendable {
    /// Index into the list of controllers.
    var controller: Int
    var dialect: Dialect
    var key: KeySlot
}

/// Which of the configured private keys signs the hello.
package enum KeySlot: String, Sendable {
    case current
    /// `PRIVATE_KEY_NEXT_FILE`, registered before the current one is withdrawn.
    case next

    var other: KeySlot { self == .current ? .next : .current }
}

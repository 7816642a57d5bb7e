/// What a policy says about one request.
package enum PolicyDecision: Sendable, Equatable {
    /// - Parameter rule: which one decided; by its position in the policy.
    case allowed(rule: Int)
    case denied(Reason)
    /// It depends on these facts, which have not been looked for: ask again with them.
    case needs(RequestFacts.Needs)

    /// Why a request is denied.
    package enum Reason: Sendable, Equatable {
        /// A rule denies it.
        case rule(Int)
        /// No rule holds for it.
        case nothingMatches
        /// The new name would give a container or an image more than it has now.
        ///
        /// - Parameters:
        ///   - rule: the one that holds for one of the two names only.
        ///   - operation: what it would give.
        case newName(rule: Int, Operation)
    }

    package var isAllowed: Bool {
        if case .allowed = self { return true }
        return false
    }
}

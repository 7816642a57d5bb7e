/// What becomes of a request that the policy denies.
package enum PolicyMode: String, Sendable, CaseIterable {
    /// It is refused.
    case enforce
    /// It is let through; its answer carries a warning, and the trail a record.
    case warn
    /// It is let through like any other, and what is let through is remembered, so that rules can be made of it.
    case learn
}

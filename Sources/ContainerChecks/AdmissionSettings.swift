package import ContainerWatch

/// Which containers may be created.
package struct AdmissionSettings: Sendable, Equatable {
    package var mode = Admission.Mode.off
    /// By id; only critical and high findings of these count.
    package var rules = Admission.usualRules
    /// Findings that the operator accepts.
    package var accepted: Suppressions?

    package init(
        mode: Admission.Mode = .off,
        rules: [String] = Admission.usualRules,
        accepted: Suppressions? = nil
    ) {
        self.mode = mode
        self.rules = rules
        self.accepted = accepted
    }
}

/// A request that `Admission` warned of or refused.
package struct AdmissionObjection: Sendable, Equatable {
    /// Whom the audit trail names.
    package let actor: String
    /// Empty where the request names none.
    package let container: String
    /// The rules, or why the request could not be judged.
    package let reason: String
    package let isRefused: Bool
}

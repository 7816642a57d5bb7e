/// What a policy lets a controller do, in the words of its work instead of operations.
package struct PolicySummary: Sendable, Equatable {
    /// How much of a part is allowed.
    package enum Extent: String, Sendable {
        case yes
        case no
        /// For some containers, images or identities, or only a part of what belongs to it.
        case partly
    }

    /// A group of operations that people have one word for.
    package struct Part: Sendable, Equatable {
        package let name: String
        package let extent: Extent
    }

    package let parts: [Part]

    package init(_ policy: HostPolicy) {
        self.parts = Self.works.map { name, operations in
            Part(name: name, extent: Self.extent(operations, policy))
        }
    }

    /// Each with the operations that it takes; those that it shares with the ones before tell nothing of it.
    private static let works: [(String, OperationSet)] = [
        ("watch", Preset.look.operations),
        ("start and stop", Preset.operate.operations.subtracting(Preset.look.operations)),
        ("updates", Preset.update.operations.subtracting(Preset.operate.operations)),
        ("exec", OperationSet(named: "exec").subtracting(Preset.look.operations)),
        ("files", Preset.files.operations),
        ("compose", OperationSet([.agentCompose])),
        ("forward", OperationSet([.agentForward])),
    ]

    private static func extent(_ operations: OperationSet, _ policy: HostPolicy) -> Extent {
        if policy.allowed.isSuperset(of: operations) { return .yes }
        return policy.denied.isSuperset(of: operations) ? .no : .partly
    }

    /// `watch: yes; updates: no; exec: partly`
    package var text: String { self.parts.map { "\($0.name): \($0.extent.rawValue)" }.joined(separator: "; ") }

    /// What a controller cannot do at all, or not everywhere; empty where nothing is kept from it.
    package var restrictions: String {
        self.parts.filter { $0.extent != .yes }.map { "\($0.name): \($0.extent.rawValue)" }.joined(separator: "; ")
    }
}

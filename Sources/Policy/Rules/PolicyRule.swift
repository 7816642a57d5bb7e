/// One line of a policy: operations, what becomes of them, and the conditions under which that is so.
package struct PolicyRule: Sendable, Hashable {
    /// What becomes of a request for which the rule holds.
    package enum Effect: String, Sendable, CaseIterable {
        case allow, deny
    }

    package let effect: Effect
    /// A preset, an operation, or the beginning of operations with `.*`, as it is written.
    package let subject: String
    /// Those of its subject that its conditions can hold for.
    package let operations: OperationSet
    /// All of them must hold.
    package let conditions: [Condition]
    /// Of its file, from 1 on; 0 where it comes from a setting.
    package let line: Int

    package init(
        _ effect: Effect,
        subject: String,
        operations: OperationSet,
        conditions: [Condition] = [],
        line: Int = 0
    ) {
        (self.effect, self.subject, self.conditions, self.line) = (effect, subject, conditions, line)
        let possible = operations.operations.filter { operation in
            conditions.allSatisfy { condition in
                switch condition.kind.reach(operation) {
                case .decidable: true
                case .undecidable: effect == .deny
                case .never: false
                }
            }
        }
        self.operations = OperationSet(possible)
    }

    package init(_ effect: Effect, _ preset: Preset) {
        self.init(effect, subject: preset.rawValue, operations: preset.operations)
    }

    /// In the form of a file, with one blank between its words.
    package var text: String {
        ([self.effect.rawValue, self.subject] + self.conditions.map(\.text)).joined(separator: " ")
    }

    /// Whether the rule decides about every request of one of its operations, whatever its facts are.
    func alwaysHolds(_ operation: Operation) -> Bool {
        self.conditions.allSatisfy { $0.kind.reach(operation) == .undecidable }
    }

    /// Whether the rule decides about a request of one of its operations.
    ///
    /// What cannot be decided does not hold where the rule allows, and holds where it denies: a request whose container is not
    /// found gets nothing by a condition, and escapes nothing.
    func holds(_ operation: Operation, _ facts: borrowing RequestFacts) -> Holding {
        var needs: RequestFacts.Needs = []
        var index = 0
        while index < self.conditions.count {
            switch self.conditions[index].holds(operation, facts, self.effect) {
            case .yes: break
            case .no: return .no
            case .undecidable: if self.effect == .allow { return .no }
            case .depends(let more): needs.formUnion(more)
            }
            index += 1
        }
        return needs.isEmpty ? .yes : .depends(needs)
    }
}

/// Which operations this host allows: rules in their order, of which the first one that holds decides. What no rule holds for
/// is denied.
///
/// A policy is a value: a request that was judged by one is not affected when another takes its place.
package struct HostPolicy: Sendable, Equatable {
    /// Where the rules come from.
    package enum Source: Sendable, Equatable {
        /// A setting such as `POLICY=look`, as it stands in the environment.
        case setting(String)
        /// A file, by its path.
        case file(String)
    }

    package let source: Source
    package let rules: [PolicyRule]
    /// What is allowed whatever the facts are.
    package let allowed: OperationSet
    /// What is denied whatever the facts are.
    package let denied: OperationSet
    /// Of the conditions of all rules.
    let kinds: Set<Condition.Kind>

    package init(_ rules: [PolicyRule], from source: Source) {
        self.rules = rules
        self.source = source
        let kinds = Set(rules.flatMap(\.conditions).map(\.kind))
        self.kinds = kinds
        var (allowed, denied) = (OperationSet(), OperationSet())
        for operation in Operation.allCases {
            switch Self.outcomes(operation, rules, kinds) {
            case .allowed: allowed.insert(operation)
            case .denied: denied.insert(operation)
            case .either: break
            }
        }
        (self.allowed, self.denied) = (allowed, denied)
    }

    /// Allows what any of `presets` does, with no conditions.
    ///
    /// - Parameter setting: as it stands in the environment, for messages.
    package init(_ presets: [Preset], setting: String) {
        self.init(presets.map { PolicyRule(.allow, $0) }, from: .setting(setting))
    }

    /// Whether nothing at all is denied.
    package var allowsEverything: Bool { self.allowed == .all }

    /// Decides by the first rule that holds.
    ///
    /// A caller that needs no reason asks `allowed` first, which is one bit test.
    package func decide(_ operation: Operation, _ facts: borrowing RequestFacts) -> PolicyDecision {
        let decision = self.firstRule(operation, facts)
        guard decision.isAllowed, !self.allowed.contains(operation) else { return decision }
        return self.newNameGains(operation, facts) ?? decision
    }

    private func firstRule(_ operation: Operation, _ facts: borrowing RequestFacts) -> PolicyDecision {
        // By position: this runs for each request of a policy with conditions.
        var index = 0
        while index < self.rules.count {
            if self.rules[index].operations.contains(operation) {
                switch self.rules[index].holds(operation, facts) {
                case .yes:
                    return self.rules[index].effect == .allow ? .allowed(rule: index) : .denied(.rule(index))
                case .depends(let needs): return .needs(needs)
                case .no, .undecidable: break
                }
            }
            index += 1
        }
        return .denied(.nothingMatches)
    }
}

extension HostPolicy {
    /// What can become of the requests of one operation.
    package enum Outcomes: String, Sendable {
        case allowed
        case denied
        /// It depends on the facts of a request.
        case either = "depends"
    }

    package func outcomes(_ operation: Operation) -> Outcomes {
        if self.allowed.contains(operation) { return .allowed }
        return self.denied.contains(operation) ? .denied : .either
    }

    /// - Parameter kinds: of the conditions of all rules.
    private static func outcomes(
        _ operation: Operation,
        _ rules: [PolicyRule],
        _ kinds: Set<Condition.Kind>
    ) -> Outcomes {
        var (mayBeAllowed, mayBeDenied, isDecided) = (false, false, false)
        for rule in rules where !isDecided && rule.operations.contains(operation) {
            if rule.effect == .allow { mayBeAllowed = true } else { mayBeDenied = true }
            isDecided = rule.alwaysHolds(operation)
        }
        if !isDecided { mayBeDenied = true }
        if mayBeAllowed, let kind = operation.newName, kinds.contains(kind) { mayBeDenied = true }
        return mayBeAllowed ? (mayBeDenied ? .either : .allowed) : .denied
    }
}

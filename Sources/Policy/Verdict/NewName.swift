/// A name is what rules go by, so giving a container or an image another one must not be a way around them.
///
/// With `allow containers.rename` and `allow exec.* container=web-*`, a controller could call the database `web-9` and then
/// run a process in it. A new name that may give more than the old one is denied. One that takes something away is not.
extension HostPolicy {
    /// - Returns: `nil` where the operation gives no new name, or one that gives nothing more.
    func newNameGains(_ operation: Operation, _ facts: borrowing RequestFacts) -> PolicyDecision? {
        guard let kind = operation.newName, self.kinds.contains(kind) else { return nil }
        return kind == .container ? self.renameGains(facts) : self.tagGains(facts)
    }

    private func renameGains(_ facts: borrowing RequestFacts) -> PolicyDecision? {
        switch facts.container {
        case .unasked: return .needs(.container)
        case .unresolved: return .denied(.nothingMatches)
        case .known(let container):
            guard let name = facts.newName else { return .denied(.nothingMatches) }
            return self.gain { condition in
                guard case .container(let pattern) = condition else { return nil }
                return (pattern.matches(container.name), pattern.matches(name))
            }
        }
    }

    /// The first image is what is tagged, the others are its tags.
    private func tagGains(_ facts: borrowing RequestFacts) -> PolicyDecision? {
        switch facts.images {
        case .unasked: return .needs(.images)
        case .unresolved: return .denied(.nothingMatches)
        case .known(let images):
            guard let image = images.first, images.count > 1 else { return .denied(.nothingMatches) }
            return self.gain { condition in
                guard case .image(let pattern) = condition else { return nil }
                let (was, becomes) = (image.matches(pattern), images.dropFirst().map { $0.matches(pattern) })
                return (was, was ? becomes.allSatisfy(\.self) : becomes.contains(true))
            }
        }
    }

    /// Looks for a rule that holds for one of two names only, and for an operation that it gives.
    ///
    /// - Parameter change: whether a condition holds before and afterwards; `nil` for one that is not about names.
    private func gain(_ change: (Condition) -> (was: Bool, becomes: Bool)?) -> PolicyDecision? {
        for (index, rule) in self.rules.enumerated() {
            let settled = rule.effect == .allow ? self.allowed : self.denied
            guard let gained = rule.operations.subtracting(settled).operations.first else { continue }
            let isGain = rule.conditions.contains { condition in
                guard let (was, becomes) = change(condition), was != becomes else { return false }
                return becomes == (rule.effect == .allow)
            }
            if isGain { return .denied(.newName(rule: index, gained)) }
        }
        return nil
    }
}

extension Operation {
    /// What the operation gives another name to, by the kind of condition that asks for it.
    var newName: Condition.Kind? {
        switch self {
        case .containersRename: .container
        case .imagesTag: .image
        default: nil
        }
    }
}

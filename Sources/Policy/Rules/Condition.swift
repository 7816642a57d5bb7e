/// One condition of a rule.
package enum Condition: Sendable, Hashable {
    case container(NamePattern)
    case label(key: String, NamePattern)
    case image(NamePattern)
    case user(NamePattern)
    case privileged(Bool)
    case identity(NamePattern)

    /// The word in front of its first `=`.
    package enum Kind: String, Sendable, CaseIterable {
        case container, label, image, user, privileged, identity
    }

    package var kind: Kind {
        switch self {
        case .container: .container
        case .label: .label
        case .image: .image
        case .user: .user
        case .privileged: .privileged
        case .identity: .identity
        }
    }

    /// As a rule has it.
    package var text: String {
        switch self {
        case .container(let pattern): "container=\(pattern.text)"
        case .label(let key, let pattern): "label=\(key)=\(pattern.text)"
        case .image(let pattern): "image=\(pattern.text)"
        case .user(let pattern): "user=\(pattern.text)"
        case .privileged(let value): value ? "privileged=yes" : "privileged=no"
        case .identity(let pattern): "identity=\(pattern.text)"
        }
    }
}

extension Condition.Kind {
    /// How far a condition of this kind can hold for an operation.
    enum Reach: Sendable {
        /// It says nothing about such a request.
        case never
        /// A request may concern what the condition is about, without naming it.
        case undecidable
        /// The facts of a request decide.
        case decidable
    }

    func reach(_ operation: Operation) -> Reach {
        switch (self, operation.subject) {
        case (.identity, _): .decidable
        case (.container, .container), (.label, .container), (.image, .container), (.image, .image): .decidable
        case (.container, .anything), (.label, .anything), (.image, .anything), (.image, .anyImage): .undecidable
        case (.user, _) where operation.isAboutExec, (.privileged, _) where operation.isAboutExec: .decidable
        case (.user, _) where operation == .unknown, (.privileged, _) where operation == .unknown: .undecidable
        default: .never
        }
    }
}

/// Whether a condition holds for a request.
enum Holding: Sendable, Equatable {
    case yes
    case no
    /// The facts that it depends on were looked for and not found, or the request does not name what it concerns.
    case undecidable
    /// It depends on facts that have not been looked for.
    case depends(RequestFacts.Needs)
}

extension Condition {
    func holds(_ operation: Operation, _ facts: borrowing RequestFacts, _ effect: PolicyRule.Effect) -> Holding {
        switch self.kind.reach(operation) {
        case .never: return .no
        case .undecidable: return .undecidable
        case .decidable: break
        }
        switch self {
        case .identity(let pattern):
            guard let identity = facts.identity else { return .undecidable }
            return Holding(pattern.matches(identity))
        case .container(let pattern):
            return Self.of(facts.container, .container) { Holding(pattern.matches($0.name)) }
        case .label(let key, let pattern):
            return Self.of(facts.container, .container) { container in
                Holding(container.label(key).map(pattern.matches) ?? false)
            }
        case .image(let pattern):
            guard operation.subject == .image else {
                return Self.of(facts.container, .container) { container in
                    container.image.map { Holding($0.matches(pattern)) } ?? .undecidable
                }
            }
            return Self.of(facts.images, .images) { Self.image(pattern, $0, effect) }
        case .user(let pattern):
            return Self.of(facts.exec, .exec) { Holding(pattern.matches($0.user)) }
        case .privileged(let value):
            return Self.of(facts.exec, .exec) { Holding($0.isPrivileged == value) }
        }
    }

    /// Of several images all must match what is allowed, and one is enough for what is denied.
    private static func image(_ pattern: NamePattern, _ images: [ImageName], _ effect: PolicyRule.Effect) -> Holding {
        guard !images.isEmpty else { return .undecidable }
        return switch effect {
        case .allow: Holding(images.allSatisfy { $0.matches(pattern) })
        case .deny: Holding(images.contains { $0.matches(pattern) })
        }
    }

    private static func of<Value>(
        _ fact: RequestFacts.Fact<Value>,
        _ need: RequestFacts.Needs,
        _ body: (Value) -> Holding
    ) -> Holding {
        switch fact {
        case .unasked: .depends(need)
        case .unresolved: .undecidable
        case .known(let value): body(value)
        }
    }
}

extension Holding {
    fileprivate init(_ value: Bool) { self = value ? .yes : .no }
}

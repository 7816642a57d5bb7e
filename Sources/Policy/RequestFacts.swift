/// What is known of one request beside its operation.
///
/// A caller begins with what costs nothing and finds out the rest when a decision asks for it.
package struct RequestFacts: Sendable, Equatable {
    /// What is known of one property of a request.
    package enum Fact<Value: Sendable & Equatable>: Sendable, Equatable {
        /// It has not been looked for.
        case unasked
        /// It was looked for and not found, or the request names none where it should.
        case unresolved
        case known(Value)
    }

    /// Facts that a decision may ask for.
    package struct Needs: OptionSet, Sendable, Hashable {
        package let rawValue: UInt8

        package init(rawValue: UInt8) { self.rawValue = rawValue }

        /// The container that the request names or creates.
        package static let container = Needs(rawValue: 1)
        /// The images that the request names.
        package static let images = Needs(rawValue: 2)
        /// The process of the exec session that the request names or creates.
        package static let exec = Needs(rawValue: 4)
    }

    /// What rules ask of a container.
    package struct Container: Sendable, Equatable {
        /// Without the slash in front; empty for a container to create that leaves its name to the engine.
        package var name: String
        package var labels: [String: String]
        /// `nil` where it is known by an id only.
        package var image: ImageName?

        package init(name: String, labels: [String: String] = [:], image: ImageName? = nil) {
            (self.name, self.labels, self.image) = (name, labels, image)
        }

        /// The value of a label, whose name is compared byte by byte.
        func label(_ key: String) -> String? {
            guard let index = self.labels.index(forKey: key),
                self.labels[index].key.utf8.elementsEqual(key.utf8)
            else { return nil }
            return self.labels[index].value
        }
    }

    /// What rules ask of the process of an exec session.
    package struct Exec: Sendable, Equatable {
        /// As the request names it; that of the container where it names none.
        package var user: String
        package var isPrivileged: Bool

        package init(user: String, isPrivileged: Bool) {
            (self.user, self.isPrivileged) = (user, isPrivileged)
        }
    }

    /// Who proved itself: the name of a key, or `controller` in edge mode. `nil` where nobody did.
    package var identity: String?
    package var container: Fact<Container> = .unasked
    /// For an operation whose subject is an image: all that the request names, and at least one.
    package var images: Fact<[ImageName]> = .unasked
    package var exec: Fact<Exec> = .unasked
    /// What a renamed container would be called; `nil` where the request does not say.
    package var newName: String?

    package init(identity: String? = nil) {
        self.identity = identity
    }

    /// With nothing left that could be looked for.
    package var settled: RequestFacts {
        var facts = self
        if facts.container == .unasked { facts.container = .unresolved }
        if facts.images == .unasked { facts.images = .unresolved }
        if facts.exec == .unasked { facts.exec = .unresolved }
        return facts
    }
}

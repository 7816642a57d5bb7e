package import Base

/// What was asked of this host, each distinct request once with how often and when last: what rules are made of.
///
/// Bounded: beyond `maximumEntries` distinct requests, and for whatever has no room, only the operation is counted. A text is
/// kept as a pattern that matches it, of at most `maximumText` bytes, so what a peer calls its containers can neither fill the
/// memory nor write rules.
package struct SeenRequests: Sendable, Equatable {
    /// What distinguishes one entry from another.
    package struct Request: Sendable, Hashable {
        package let operation: Operation
        /// Patterns, each of which matches one name; `nil` where the request has none or it was not found.
        package let (container, image, identity): (String?, String?, String?)

        init(_ operation: Operation, container: String? = nil, image: String? = nil, identity: String? = nil) {
            (self.operation, self.container, self.image, self.identity) = (operation, container, image, identity)
        }
    }

    /// How often a request was seen, and when last.
    package struct Tally: Sendable, Equatable {
        package internal(set) var count: Int
        package internal(set) var last: UnixTime

        mutating func add(_ other: Tally) {
            let (sum, isTooLarge) = self.count.addingReportingOverflow(other.count)
            self.count = isTooLarge ? .max : sum
            self.last = max(self.last, other.last)
        }
    }

    /// With texts of usual length, 2 MiB of memory; 6 MiB at most.
    package static let maximumEntries = 10_000
    /// Docker's command line gives containers names of 30 characters at most; those of images rarely have a hundred.
    package static let maximumText = 128

    private var tallies: [Request: Tally] = [:]
    /// Without those that are counted by operation only.
    private var details = 0
    private let capacity: Int

    package init() {
        self.init(capacity: Self.maximumEntries)
    }

    /// - Parameter capacity: distinct requests that are kept beside the counts by operation.
    init(capacity: Int) {
        self.capacity = capacity
    }

    package var isEmpty: Bool { self.tallies.isEmpty }

    /// In the order of the vocabulary, then by their texts.
    package var all: [(request: Request, tally: Tally)] {
        self.tallies.map { (request: $0.key, tally: $0.value) }.sorted { $0.request.precedes($1.request) }
    }

    /// Which facts `add` keeps of a request.
    package static func needs(_ operation: Operation) -> RequestFacts.Needs {
        switch operation.subject {
        case .container: .container
        case .image: .images
        case .nothing, .anyImage, .anything: []
        }
    }

    package mutating func add(_ operation: Operation, _ facts: RequestFacts, at time: UnixTime) {
        let tally = Tally(count: 1, last: time)
        let identity = facts.identity.map(Self.pattern)
        switch (operation.subject, facts.container, facts.images) {
        case (.container, .known(let container), _):
            let request = Request(
                operation,
                container: container.name.isEmpty ? nil : Self.pattern(container.name),
                image: container.image.map { Self.pattern($0.familiar) },
                identity: identity
            )
            self.add(request, tally)
        case (.image, _, .known(let images)) where images.count == 1:
            self.add(Request(operation, image: Self.pattern(images[0].familiar), identity: identity), tally)
        // Of several images one rule would have to match all, so they are not told apart.
        default: self.add(Request(operation, identity: identity), tally)
        }
    }

    mutating func add(_ request: Request, _ tally: Tally) {
        var request = request
        if request.isDetailed, self.tallies[request] == nil {
            if self.details < self.capacity {
                self.details += 1
            } else {
                request = Request(request.operation)
            }
        }
        self.tallies[request, default: Tally(count: 0, last: tally.last)].add(tally)
    }

    func holds(_ request: Request) -> Bool { self.tallies[request] != nil }

    static func pattern(_ text: String) -> String { NamePattern.covering(text, limit: Self.maximumText) }
}

extension SeenRequests.Request {
    var isDetailed: Bool { self.container != nil || self.image != nil || self.identity != nil }

    fileprivate func precedes(_ other: Self) -> Bool {
        if self.operation != other.operation { return self.operation.position < other.operation.position }
        return [self.container, self.image, self.identity].map { $0 ?? "" }
            .lexicographicallyPrecedes([other.container, other.image, other.identity].map { $0 ?? "" })
    }
}

import Base
package import NIOCore
package import Policy

/// What a request says of itself, as far as a policy asks, and what only the engine can say.
///
/// Nothing of it is believed that the engine could understand differently: it is `unresolved` then, which no condition of a
/// rule that allows matches.
package struct RequestClaims: Sendable, Equatable {
    /// What the request counts as. A start with settings in its body, which old engines take, counts as a creation.
    package private(set) var operation: Operation
    /// Whether it is a creation because a start brings settings.
    private var isStart = false
    /// Facts that are `unasked` depend on the references below.
    package var facts: RequestFacts
    /// The id or name of a container that the engine must be asked about.
    package private(set) var container: String?
    /// Where that reference stands.
    package private(set) var place: Place?

    /// A place in a request for a reference.
    package enum Place: Sendable, Equatable {
        case path
        /// The value of `container`, which occurs once.
        case query
        /// A text of the body, by its bytes.
        case body(Range<Int>)
    }

    /// What may be the id of an image, so that only the engine knows its name.
    package private(set) var image: String?
    /// The id of an exec session, which the engine must be asked about.
    package private(set) var exec: String?
    /// Of an exec to create. Its user is a fact already, unless it is the container's own.
    package private(set) var isPrivilegedExec = false

    /// - Parameters:
    ///   - route: found for `target`.
    ///   - body: whole. `nil` where there is none.
    ///   - identity: who proved itself, as rules call it.
    package init(_ route: EngineRoute, target: String, body: ByteBuffer?, identity: String?) {
        self.init(doubt: route.operation, identity: identity)
        let (subject, query) = (route.subject(of: target), ClaimedQuery(target: target))
        var place = subject == nil ? nil : Place.path
        switch self.operation {
        case .containersCreate where route.settings == .create || route.settings == .podman:
            self.readCreation(body, query, isLibpod: route.isLibpod)
        case .containersCreate: break
        case .containersStart:
            self.refer(toContainer: subject)
            let claimed = ClaimedBody(body, names: [])
            if claimed?.isEmpty != true { (self.operation, self.isStart) = (.containersCreate, true) }
        case .containersRename:
            self.refer(toContainer: subject)
            self.facts.newName = query.text("name").flatMap { $0.isEmpty ? nil : Self.withoutSlash($0) }
        case .execCreate:
            self.refer(toContainer: subject)
            self.readExec(body)
        case .execStart, .execInspect, .execResize: self.refer(toExec: subject)
        case .imagesCommit:
            self.refer(toContainer: query.text("container"))
            place = .query
        case .networksConnect, .networksDisconnect:
            let claimed = ClaimedBody(body, names: ["container"])
            self.refer(toContainer: claimed?.text("container"))
            place = claimed?.placeOfText.map { .body($0) }
        case .imagesPull, .imagesImport: self.readPull(query, isLibpod: route.isLibpod)
        case .imagesTag where subject != nil: self.readTag(subject ?? "", query, isLibpod: route.isLibpod)
        case .imagesPush: self.readPush(subject, query)
        // Podman removes with it what depends on the container.
        case .containersRemove where query.value("depend") != .missing: break
        default: self.readSubject(subject, isLibpod: route.isLibpod)
        }
        if self.container != nil { self.place = place }
    }

    /// What an engine may take a request for besides: nothing else is known of it.
    package init(doubt operation: Operation, identity: String?) {
        self.operation = operation
        self.facts = RequestFacts(identity: identity).settled
    }

    /// What must be allowed besides: newer engines take no settings with a start, and start the container.
    package var besides: RequestClaims? {
        guard self.isStart else { return nil }
        var claims = self
        (claims.operation, claims.isStart) = (.containersStart, false)
        return claims
    }

    /// With nothing left that the engine could be asked about.
    var settled: RequestClaims {
        var claims = self
        claims.facts = self.facts.settled
        return claims
    }

    /// Another part of the request may say otherwise: nothing is believed but the operation.
    mutating func distrust() {
        let isStart = self.isStart
        self = RequestClaims(doubt: self.operation, identity: self.facts.identity)
        self.isStart = isStart
    }

    // MARK: Containers

    private mutating func refer(toContainer reference: String?) {
        // The engine is asked by a path, so a reference must be one segment of it.
        guard let reference, ContainerReference.isValid(reference) else { return }
        (self.container, self.facts.container) = (reference, .unasked)
    }

    private mutating func readCreation(_ body: ByteBuffer?, _ query: ClaimedQuery, isLibpod: Bool) {
        guard let claimed = ClaimedBody(body, names: ["image", "labels", "name"]),
            let image = claimed.text("image"), let labels = claimed.texts("labels"),
            let name = isLibpod ? claimed.text("name") : query.text("name")
        else { return }
        // An image that may be meant by its id has no name that could be trusted.
        let imageName = ImageName.mayBeID(image) ? nil : ImageName(image, defaultsToHub: !isLibpod)
        self.facts.container = .known(.init(name: Self.withoutSlash(name), labels: labels, image: imageName))
    }

    private static func withoutSlash(_ name: String) -> String { name.hasPrefix("/") ? String(name.dropFirst()) : name }

    private mutating func readExec(_ body: ByteBuffer?) {
        guard let claimed = ClaimedBody(body, names: ["user", "privileged"]),
            let user = claimed.text("user"), let isPrivileged = claimed.bool("privileged")
        else { return }
        self.isPrivilegedExec = isPrivileged
        if !user.isEmpty {
            self.facts.exec = .known(.init(user: user, isPrivileged: isPrivileged))
        } else if self.container != nil {
            self.facts.exec = .unasked
        }
    }

    private mutating func refer(toExec id: String?) {
        guard let id, ContainerReference.isValid(id) else { return }
        (self.exec, self.facts.exec, self.facts.container) = (id, .unasked, .unasked)
    }

    // MARK: Images

    private mutating func readSubject(_ subject: String?, isLibpod: Bool) {
        guard let subject else { return }
        switch self.operation.subject {
        case .container: self.refer(toContainer: subject)
        case .image: self.refer(toImage: subject, isLibpod: isLibpod)
        case .nothing, .anyImage, .anything: break
        }
    }

    private mutating func refer(toImage name: String, isLibpod: Bool) {
        if ImageName.mayBeID(name) {
            (self.image, self.facts.images) = (name, .unasked)
        } else {
            self.facts.images = .known([ImageName(name, defaultsToHub: !isLibpod)])
        }
    }

    private mutating func readPull(_ query: ClaimedQuery, isLibpod: Bool) {
        let isImport = self.operation == .imagesImport
        let parameter = isLibpod ? "reference" : isImport ? "repo" : "fromImage"
        guard let name = query.text(parameter), !name.isEmpty, let tag = query.text("tag"),
            // Podman pulls all versions then, whatever the name says.
            query.value("allTags") == .missing
        else { return }
        guard let full = Self.joined(name, tag), isImport || Self.hasVersion(full) else { return }
        self.facts.images = .known([ImageName(full, defaultsToHub: !isLibpod)])
    }

    /// The first image is what is tagged, the second its tag.
    private mutating func readTag(_ subject: String, _ query: ClaimedQuery, isLibpod: Bool) {
        guard let repository = query.text("repo"), !repository.isEmpty, let tag = query.text("tag"),
            let full = Self.joined(repository, tag), !ImageName.mayBeID(subject)
        else { return }
        let names = [subject, full].map { ImageName($0, defaultsToHub: !isLibpod) }
        self.facts.images = .known(names)
    }

    private mutating func readPush(_ subject: String?, _ query: ClaimedQuery) {
        // Podman pushes to another place where a destination is named.
        guard let subject, !ImageName.mayBeID(subject), let tag = query.text("tag"),
            query.value("destination") == .missing, let full = Self.joined(subject, tag), Self.hasVersion(full)
        else { return }
        self.facts.images = .known([ImageName(full)])
    }

    /// A tag beside a name counts more than one in it, and may be a digest.
    ///
    /// - Returns: `nil` where the two together are not a name.
    private static func joined(_ name: String, _ tag: String) -> String? {
        guard !name.contains("://"), !tag.contains("/") else { return nil }
        if tag.isEmpty { return name }
        // An engine keeps the digest of a name that has one.
        guard !name.contains("@") else { return nil }
        let slash = name.utf8.lastIndex(of: UInt8(ascii: "/")) ?? name.startIndex
        let end = name.utf8[slash...].firstIndex { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "@") } ?? name.endIndex
        return "\(name[..<end])\(tag.contains(":") ? "@" : ":")\(tag)"
    }

    /// Without a version an engine takes all of a repository, whatever a rule says of one of them. So it does where nothing stands
    /// behind the colon.
    private static func hasVersion(_ name: String) -> Bool {
        func isMark(_ byte: UInt8) -> Bool { byte == UInt8(ascii: ":") || byte == UInt8(ascii: "@") }
        let slash = name.utf8.lastIndex(of: UInt8(ascii: "/")) ?? name.startIndex
        guard let last = name.utf8.last, !isMark(last) else { return false }
        return name.utf8[slash...].contains(where: isMark)
    }
}

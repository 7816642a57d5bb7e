import Base
import NIOCore
import Policy

/// Finds out what a policy needs to know of a request, in the directory of containers and by questions to the engine.
///
/// A value: it says which document it wants next and takes the answer. One question leads to the next: an exec session to its
/// container, a container to its image.
struct FactFinder {
    private enum Question: Equatable {
        case exec(String)
        case container(String)
        case image(String)
    }

    /// With the facts that were found; what was looked for in vain is `unresolved`.
    private(set) var claims: RequestClaims
    /// The whole id of the container that the request means, by which it cannot be mistaken for another one.
    private(set) var containerID: String?
    private var open: Question?

    init(_ claims: RequestClaims, _ needs: RequestFacts.Needs) {
        self.claims = claims
        if let exec = claims.exec {
            self.open = .exec(exec)
        } else if let container = claims.container, needs.contains(.container) || needs.contains(.exec) {
            self.open = .container(container)
        } else if let image = claims.image {
            self.open = .image(image)
        } else {
            self.settle()
        }
    }

    /// What to ask with `GET`; `nil` when all is known that can be known.
    var target: String? {
        switch self.open {
        case .exec(let id): "/exec/\(id)/json"
        case .container(let reference): "/containers/\(reference)/json"
        case .image(let reference): "/images/\(reference)/json"
        case nil: nil
        }
    }

    /// Looks up the container that is asked for next.
    ///
    /// The directory does not know as whom a container runs, so it has no answer where an exec session names no user.
    mutating func consult(_ directory: ContainerDirectory?, now: NIODeadline) {
        guard let directory, case .container(let reference) = self.open, !self.needsUser,
            let entry = directory.find(reference, now: now)
        else { return }
        self.open = nil
        self.containerID = entry.id
        self.claims.facts.container = .known(entry.facts)
        self.settle()
    }

    private var needsUser: Bool {
        switch self.claims.facts.exec {
        case .unasked: true
        case .unresolved: false
        case .known(let exec): exec.user.isEmpty
        }
    }

    /// Values of a document that are looked at. An inspect document of a usual container has some hundreds.
    private static let maximumValues = 100_000

    /// - Parameter body: of the engine's answer; `nil` where it had none to give.
    mutating func answered(_ body: ByteBuffer?) {
        guard let question = self.open else { return }
        self.open = nil
        let document = body.flatMap { body in
            try? JSONNode(parsing: Array(body.readableBytesView), maximumValues: Self.maximumValues)
        }
        switch question {
        case .exec: self.readExec(document)
        case .container: self.readContainer(document)
        case .image: self.readImage(document)
        }
        if self.open == nil { self.settle() }
    }

    private mutating func readExec(_ document: JSONNode?) {
        guard let container = document?["ContainerID"]?.text, ContainerReference.isValid(container) else { return }
        let process = document?["ProcessConfig"]
        // Docker leaves an empty user out.
        let user: String? = if let user = process?["user"] { user.text } else { "" }
        if let user, let isPrivileged = process?["privileged"]?.bool {
            self.claims.facts.exec = .known(.init(user: user, isPrivileged: isPrivileged))
        } else {
            self.claims.facts.exec = .unresolved
        }
        self.open = .container(container)
    }

    private mutating func readContainer(_ document: JSONNode?) {
        guard let document, let id = document["Id"]?.text, ContainerReference.isValid(id),
            let name = document["Name"]?.text, let config = document["Config"]
        else { return }
        self.containerID = id
        var labels: [String: String] = [:]
        for label in config["Labels"]?.members ?? [] {
            // Two names that are equal here, and not byte for byte to the engine.
            guard labels.updateValue(label.value.text ?? "", forKey: label.name) == nil else { return }
        }
        let image = config["Image"]?.text ?? ""
        self.claims.facts.container = .known(
            .init(
                name: name.hasPrefix("/") ? String(name.dropFirst()) : name,
                labels: labels,
                image: ImageName.mayBeID(image) ? nil : ImageName(image)
            )
        )
        self.readUser(config["User"]?.text ?? "")
        if ImageName.mayBeID(image), let imageID = document["Image"]?.text, Self.isImageID(imageID) {
            self.open = .image(imageID)
        }
    }

    /// An exec that names no user runs as the container's.
    private mutating func readUser(_ user: String) {
        switch self.claims.facts.exec {
        case .known(let exec) where exec.user.isEmpty:
            self.claims.facts.exec = .known(.init(user: user, isPrivileged: exec.isPrivileged))
        case .unasked:
            self.claims.facts.exec = .known(.init(user: user, isPrivileged: self.claims.isPrivilegedExec))
        case .known, .unresolved: break
        }
    }

    private static func isImageID(_ text: String) -> Bool { ImageName.mayBeID(text) && text.utf8.count >= 64 }

    /// A container's image has a name only where there is exactly one.
    private mutating func readImage(_ document: JSONNode?) {
        let tags = document?["RepoTags"]?.texts ?? []
        if self.claims.facts.images == .unasked, !tags.isEmpty {
            self.claims.facts.images = .known(tags.map { ImageName($0) })
        }
        if case .known(var container) = self.claims.facts.container, container.image == nil, tags.count == 1 {
            container.image = ImageName(tags[0])
            self.claims.facts.container = .known(container)
        }
    }

    /// What is still open will not be found.
    private mutating func settle() {
        self.claims.facts = self.claims.facts.settled
    }
}

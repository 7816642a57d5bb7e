package import Base

/// What has to be asked of an engine before a document can be judged as it is among its surroundings.
package struct LiveQuestions: Sendable {
    /// What is asked about: an id or a name.
    package enum Subject: Sendable, Equatable {
        case container(String)
        case volume(String)
        case network(String)
    }

    /// What an engine said to one question.
    package enum Answer: Sendable {
        case found(JSONNode)
        /// The engine does not know it: a volume that is to be made, for example.
        case missing
        case failed
    }

    package private(set) var surroundings = Surroundings()
    /// What an engine did not say, as sentences have it: "the volume data".
    package private(set) var failures: [String] = []
    private var asked: Set<String> = []

    package init() {}

    /// What is still to be asked for these documents.
    ///
    /// - Parameter looksAtVolumes: whether a rule wants to know what the volumes are.
    /// - Throws: `opaque` for a name that no engine has.
    package mutating func next(
        for documents: [InspectDocument],
        looksAtVolumes: Bool = true,
        isValid: (String) -> Bool
    ) throws(CreateRequest.Fault) -> [Subject] {
        var subjects: [Subject] = []
        for document in documents {
            let references = document.placed(in: self.surroundings).references(knowing: self.surroundings.containers)
            for name in references.containers where self.asked.insert("container \(name)").inserted {
                guard isValid(Self.bare(name)) else { throw .opaque("the name of a container") }
                subjects.append(.container(name))
            }
            for name in references.volumes
            where looksAtVolumes && isValid(name) && self.asked.insert("volume \(name)").inserted {
                subjects.append(.volume(name))
            }
            for name in references.networks where isValid(name) && self.asked.insert("network \(name)").inserted {
                subjects.append(.network(name))
            }
        }
        return subjects
    }

    package mutating func add(_ answer: Answer, to subject: Subject) {
        switch (answer, subject) {
        case (.missing, _): break
        case (.failed, .container(let name)): self.failures.append("the container \(Printable.short(name, bytes: 128))")
        case (.failed, .volume(let name)): self.failures.append("the volume \(Printable.short(name, bytes: 128))")
        case (.failed, .network(let name)): self.failures.append("the network \(Printable.short(name, bytes: 128))")
        case (.found(let node), .container(let name)): self.surroundings.containers[name] = InspectDocument(node)
        case (.found(let node), .volume): self.surroundings.volumes.append(VolumeDocument(node))
        case (.found(let node), .network(let name)):
            if node["Driver"]?.text == "host" { self.surroundings.hostNetworks.insert(name) }
        }
    }

    /// Takes note of where the engine's own socket is: what reaches it owns the host, whatever it is called.
    ///
    /// - Parameter paths: of the host, absolute.
    package mutating func know(sockets paths: [String]) {
        self.surroundings.sockets = paths.compactMap { HostPath($0) }
        let sockets = self.surroundings.sockets
        self.surroundings.volumes = self.surroundings.volumes.map { $0.knowing(sockets) }
    }

    /// Notes what is not asked.
    package mutating func leave(_ gap: ReferenceGap) {
        self.surroundings.gaps.append(gap)
    }

    /// Adds where paths of the host lead.
    package mutating func follow(_ documents: [InspectDocument], _ targets: ([String]) -> [String: String]) {
        let paths = documents.flatMap { $0.placed(in: self.surroundings).references().paths }
        self.surroundings.links = targets(paths + self.surroundings.volumes.flatMap(\.paths))
        let links = self.surroundings.links
        self.surroundings.volumes = self.surroundings.volumes.map { $0.following(links) }
    }

    /// An engine takes a name with a slash in front as well.
    fileprivate static func bare(_ name: String) -> String {
        name.utf8.first == UInt8(ascii: "/") ? String(Substring(name.utf8.dropFirst())) : name
    }
}

extension LiveQuestions.Subject {
    /// The engine's path for it.
    package var target: String {
        switch self {
        case .container(let name): "/containers/\(LiveQuestions.bare(name))/json"
        case .volume(let name): "/volumes/\(name)"
        case .network(let name): "/networks/\(name)"
        }
    }
}

import Base

/// Runs the chosen rules over documents. A pure function: no file, socket, clock or environment is looked at, and the
/// same documents give the same findings in the same order everywhere.
package struct ContainerCheck: Sendable {
    private let selection: RuleSelection
    private let rules: [Rule]

    package init(_ selection: RuleSelection = RuleSelection()) {
        self.selection = selection
        self.rules = selection.rules
    }

    /// Whether containers have to be looked at together.
    var looksAtSharing: Bool { self.rules.contains { if case .together = $0.check { true } else { false } } }
    /// Whether volumes have to be asked for.
    package var looksAtVolumes: Bool { self.rules.contains { if case .volume = $0.check { true } else { false } } }
    /// Whether processes that are started later have to be watched.
    package var looksAtExecs: Bool { self.rules.contains { if case .exec = $0.check { true } else { false } } }

    /// - Parameter volumes: what the engine says about those that the container mounts.
    package func findings(in document: InspectDocument, volumes: [VolumeDocument] = []) -> [Finding] {
        let subject = Finding.Subject(container: document.name, containerID: document.id, image: document.image)
        var findings: [Finding] = []
        for rule in self.rules {
            let remarks: [Remark] =
                switch rule.check {
                case .container(let check): check(document)
                case .volume(let check): (document.ownVolumes + volumes).flatMap(check)
                case .exec, .together: []
                }
            findings += remarks.map { Finding($0, rule: rule.id, subject: subject) }
        }
        return findings.filter(self.selection.wants).inOrder()
    }

    /// Those that the selection wants.
    func chosen(_ findings: [Finding]) -> [Finding] { findings.filter(self.selection.wants) }

    /// What there is to say about a process that was started with `docker exec`.
    package func findings(
        in exec: ExecDocument,
        container: String,
        containerID: String,
        image: String
    ) -> [Finding] {
        let subject = Finding.Subject(container: container, containerID: containerID, image: image)
        var findings: [Finding] = []
        for rule in self.rules {
            guard case .exec(let check) = rule.check else { continue }
            findings += check(exec).map { Finding($0, rule: rule.id, subject: subject) }
        }
        return findings.filter(self.selection.wants).inOrder()
    }
}

extension ContainerCheck {
    /// The same among its surroundings.
    ///
    /// - Parameter surroundings: what an engine and the host said about what the request refers to.
    package func findings(in request: CreateRequest, among surroundings: Surroundings) -> [Finding] {
        request.documents.flatMap { document in
            self.findings(in: document.placed(in: surroundings), volumes: surroundings.volumes)
        }.inOrder()
    }

    /// What there is to say about a container that is to be created. What only an engine knows is not asked for.
    package func findings(in request: CreateRequest) -> [Finding] {
        request.documents.flatMap { self.findings(in: $0) }.inOrder()
    }
}

extension ContainerCheck {
    /// What there is to say about a volume by itself.
    package func findings(in volume: VolumeDocument) -> [Finding] {
        self.findings(in: InspectDocument(.object([.init("Name", .text(volume.name))])), volumes: [volume]).filter {
            $0.rule == Rule.volumeOnHostPath.id
        }
    }
}

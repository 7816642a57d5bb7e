/// One check: what it is called, how it is explained, and the function that does it.
package struct Rule: Sendable {
    /// Kebab-case; a part of every report, so it never changes.
    package let id: String
    /// What it usually gives; a rule may grade what it finds.
    package let severity: Severity
    /// What it finds, one sentence.
    package let summary: String
    /// What to do about it, one sentence.
    package let remedy: String
    package let references: [Reference]
    /// Whether a critical or high finding of it is a way to take over the host, or lacks one wall of being one. Such
    /// containers are what `ADMISSION` refuses, and the default profile looks for all of them.
    package let ownsHost: Bool
    let check: Check

    /// What a rule looks at. All are pure functions.
    enum Check: Sendable {
        case container(@Sendable (InspectDocument) -> [Remark])
        /// A volume that the container mounts; only an engine can be asked for it.
        case volume(@Sendable (VolumeDocument) -> [Remark])
        /// Containers that are looked at together; see `SharedPaths`.
        case together
        /// A process that was started in a running container.
        case exec(@Sendable (ExecDocument) -> [Remark])
    }

    /// A public catalogue that asks for the same.
    package enum Reference: Sendable, Equatable {
        /// CIS Docker Benchmark 1.6.
        case cis(String)
        /// Kubernetes Pod Security Standards.
        case podSecurityBaseline
        case podSecurityRestricted
        /// Falco's default rules.
        case falco
        /// Trivy's checks.
        case trivy(String)
    }

    init(
        _ id: String,
        _ severity: Severity,
        _ summary: String,
        remedy: String,
        references: [Reference] = [],
        ownsHost: Bool = false,
        check: Check
    ) {
        self.id = id
        self.severity = severity
        self.summary = summary
        self.remedy = remedy
        self.references = references
        self.ownsHost = ownsHost
        self.check = check
    }

    /// The usual kind: looks at a container.
    init(
        _ id: String,
        _ severity: Severity,
        _ summary: String,
        remedy: String,
        references: [Reference] = [],
        ownsHost: Bool = false,
        check: @escaping @Sendable (InspectDocument) -> [Remark]
    ) {
        self.init(
            id,
            severity,
            summary,
            remedy: remedy,
            references: references,
            ownsHost: ownsHost,
            check: .container(check)
        )
    }
}

extension Rule.Reference: CustomStringConvertible {
    package var description: String {
        switch self {
        case .cis(let item): "CIS Docker Benchmark \(item)"
        case .podSecurityBaseline: "Pod Security Standards, baseline"
        case .podSecurityRestricted: "Pod Security Standards, restricted"
        case .falco: "Falco default rules"
        case .trivy(let check): check.isEmpty ? "Trivy" : "Trivy \(check)"
        }
    }

    var isCIS: Bool {
        guard case .cis = self else { return false }
        return true
    }
}

/// What containers of one report have in common.
package struct SharedPaths {
    /// Names of containers that a finding tells of; the rest is counted.
    private static let mostNames = 3

    private struct Use {
        let subject: Finding.Subject
        let isWritable: Bool
    }

    private var uses: [String: [Use]] = [:]

    package init() {}

    package mutating func add(_ document: InspectDocument) {
        let subject = Finding.Subject(container: document.name, containerID: document.id, image: document.image)
        var own: [String: Bool] = [:]
        for path in document.mounts.sharable { own[path.text] = (own[path.text] ?? false) || path.isWritable }
        for (path, isWritable) in own {
            self.uses[path, default: []].append(Use(subject: subject, isWritable: isWritable))
        }
    }

    /// One for each container and path; in no order.
    fileprivate var findings: [Finding] {
        self.uses.flatMap { path, uses in
            guard uses.count > 1, uses.contains(where: \.isWritable) else { return [Finding]() }
            let names = uses.prefix(Self.mostNames + 1).map(\.subject.container)
            return uses.map { use in
                let others = names.filter { $0 != use.subject.container }.prefix(Self.mostNames)
                let rest = uses.count - 1 - others.count
                let more = rest > 0 ? " and \(rest) more" : ""
                let remark = Remark(
                    .low,
                    "\(path) is shared with \(others.joined(separator: ", "))\(more), and not only read.",
                    ["source": .text(path)]
                )
                return Finding(remark, rule: Rule.sharedWritablePath.id, subject: use.subject)
            }
        }
    }
}

extension MountList {
    /// Folders of the host and named volumes, without those that have rules of their own.
    fileprivate var sharable: [(text: String, isWritable: Bool)] {
        let folders = self.binds.filter { bind in
            switch bind.mountClass {
            case nil, .extra?: bind.source.names.first != "dev"
            default: false
            }
        }
        return folders.map { ($0.source.text, !$0.isReadOnly) } + self.writableVolumes.map { ($0, true) }
            + self.readOnlyVolumes.map { ($0, false) }
    }
}

extension Rule {
    static let sharedWritablePath = Rule(
        "shared-writable-path",
        .low,
        "Several containers have the same folder or volume, and one of them may write to it.",
        remedy:
            "Mount it read-only where it is only read, and give each container a folder of its own where it is not.",
        check: .together
    )
}

extension ContainerCheck {
    /// What there is to say about containers together.
    package func findings(among shared: SharedPaths) -> [Finding] {
        self.looksAtSharing ? self.chosen(shared.findings) : []
    }
}

/// The base rules as `--profile seed` has them: it keeps the verdicts of the first list of checks, where the other profiles judge
/// two settings more mildly.
enum SeedTable {
    static let rules: [Rule] = RuleBook.seed.map { rule in
        switch rule.id {
        case Rule.sensitiveHostMount.id: rule.checking { $0.widelyMounted + rule.remarks($0) }
        case Rule.dockerAPIExposed.id: rule.checking { rule.remarks($0).map { $0.graded(.critical) } }
        default: rule
        }
    }

    /// Files that nearly every image asks for. The other profiles are silent about read-only mounts of them.
    fileprivate static let widelyMounted = PathTable(
        "/etc/localtime",
        "/etc/timezone",
        "/etc/hosts",
        "/etc/resolv.conf"
    )
}

extension Rule {
    /// The same rule with another function.
    fileprivate func checking(_ check: @escaping @Sendable (InspectDocument) -> [Remark]) -> Rule {
        Rule(
            self.id,
            self.severity,
            self.summary,
            remedy: self.remedy,
            references: self.references,
            ownsHost: self.ownsHost,
            check: check
        )
    }

    fileprivate func remarks(_ document: InspectDocument) -> [Remark] {
        guard case .container(let check) = self.check else { return [] }
        return check(document)
    }
}

extension Remark {
    fileprivate func graded(_ severity: Severity) -> Remark {
        var remark = Remark(severity, self.detail)
        remark.extra = self.extra
        return remark
    }
}

extension InspectDocument {
    fileprivate var widelyMounted: [Remark] {
        self.mounts.binds.filter { $0.isReadOnly && SeedTable.widelyMounted.isAt($0.source) }.map { mount in
            mount.remark(.low, mount.detail(.sensitive(.low)))
        }
    }
}

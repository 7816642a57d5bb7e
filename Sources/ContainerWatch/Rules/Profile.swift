/// A choice of rules. The base rules belong to every one.
package enum Profile: String, Sendable, CaseIterable {
    /// The base rules only, with the verdicts of `SeedTable`.
    case seed
    /// What is checked unless a profile is named: the base rules, and every rule by which `ADMISSION` refuses a container.
    case standard = "default"
    /// What the CIS Docker Benchmark has an item for.
    case cis
    /// What Kubernetes' baseline forbids.
    case podSecurityBaseline = "pss-baseline"
    /// What its restricted standard forbids, which includes the baseline.
    case podSecurityRestricted = "pss-restricted"
    /// Every rule.
    case full

    /// - Parameter name: as on the command line; `all` is another name of `full`.
    package init?(name: String) {
        if name == "all" {
            self = .full
        } else {
            self.init(rawValue: name)
        }
    }

    var rules: [Rule] {
        self == .seed ? SeedTable.rules : RuleBook.seed + RuleBook.further.filter(self.chooses)
    }

    func holds(_ rule: Rule) -> Bool { (self.rules + RuleBook.always).contains { $0.id == rule.id } }

    private func chooses(_ rule: Rule) -> Bool {
        switch self {
        case .seed: false
        case .standard: rule.ownsHost
        case .cis: rule.references.contains(where: \.isCIS)
        case .podSecurityBaseline: rule.references.contains(.podSecurityBaseline)
        case .podSecurityRestricted:
            rule.references.contains(.podSecurityBaseline) || rule.references.contains(.podSecurityRestricted)
        case .full: true
        }
    }
}

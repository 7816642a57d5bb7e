/// Every rule there is. A new one is a function beside its kin and an entry here.
package enum RuleBook {
    /// Always checked, whatever the profile.
    static let seed: [Rule] = [
        .privilegedContainer,
        .dockerSocketMount,
        .runtimeSocketMount,
        .sensitiveHostMount,
        .hostPIDNamespace,
        .hostNetwork,
        .dangerousCapability,
        .seccompUnconfined,
        .appArmorUnconfined,
        .dockerAPIExposed,
        .rootUser,
    ]

    /// What the other profiles choose from.
    static let further: [Rule] = [
        .hostIPCNamespace,
        .hostUTSNamespace,
        .hostUserNamespace,
        .hostCgroupNamespace,
        .sharedNamespace,
        .hostControlSocket,
        .hostKeysMount,
        .extraHostMount,
        .unknownSocketOnDockerPath,
        .mountPropagationShared,
        .hostDevice,
        .deviceCgroupWildcard,
        .unmaskedSystemPaths,
        .writableCgroups,
        .selinuxDisabled,
        .appArmorMissing,
        .noSecurityOptions,
        .customSeccomp,
        .addedCapability,
        .capabilitiesNotDropped,
        .newPrivilegesAllowed,
        .writableRootFilesystem,
        .rootGroup,
        .memoryUnlimited,
        .cpuUnlimited,
        .pidsUnlimited,
        .raisedUlimit,
        .unsafeSysctl,
        .privilegedPort,
        .portOnAllInterfaces,
        .dockerTLSPortOpen,
        .dockerHostEnvironment,
        .secretInEnvironment,
        .mutableImage,
        .noHealthcheck,
        .restartAlways,
        .defaultBridge,
        .customCgroupParent,
        .sshServer,
        .volumesFrom,
        .sharedWritablePath,
        .volumeOnHostPath,
        .privilegedExec,
        .rootExec,
    ]

    /// Checked also where single rules are chosen: they say how far the others reached.
    static let always: [Rule] = [.tooManySettings]

    package static let all = seed + further + always

    /// Ids of the rules by which `ADMISSION` refuses a container unless others are named.
    package static let ownsHost = all.filter(\.ownsHost).map(\.id)

    package static func rule(_ id: String) -> Rule? { self.byID[id] }

    private static let byID = Dictionary(uniqueKeysWithValues: all.map { ($0.id, $0) })
}

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

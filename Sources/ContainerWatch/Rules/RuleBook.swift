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

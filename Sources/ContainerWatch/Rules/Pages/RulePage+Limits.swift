extension RulePage {
    /// Of the rules about what keeps a container in its place.
    static let ofLimits: [String: RulePage] = [
        "selinux-disabled": RulePage(
            opening: "Medium.",
            found: """
                A security option `label` with the value `disable`, or with a type that SELinux does not confine, \
                such as `type:spc_t`. Not reported where the engine adds it by itself: for a privileged container, \
                and for one that shares the host's process or IPC namespace.
                """,
            reason: """
                On hosts with SELinux the label keeps a process that escaped from its container from accessing the \
                host's files.
                """
        ),
        "apparmor-missing": RulePage(
            opening: "Low.",
            found: """
                The document has an empty `AppArmorProfile`. On hosts without AppArmor that is so for every \
                container.
                """,
            reason: """
                Without a profile only capabilities and seccomp keep root in the container from the host's control \
                files.
                """
        ),
        "no-security-options": RulePage(
            opening: "Usually low.",
            found: """
                `HostConfig.SecurityOpt` is empty, the container is not privileged, and AppArmor or SELinux is on: \
                `AppArmorProfile` or `ProcessLabel` is not empty.
                """,
            reason: """
                The engine's default profile is made for every program, so it allows what only few of them need.
                """
        ),
        "custom-seccomp": RulePage(
            opening: "Low.",
            found: """
                A security option `seccomp` with a value other than `unconfined`, `builtin` or `default`. For a \
                privileged container, [privileged-container](privileged-container.md) says that its profile is \
                ignored.
                """,
            reason: """
                A profile that was copied years ago, or that allows everything but a few calls, is weaker than the \
                engine's own.
                """
        ),
        "added-capability": RulePage(
            opening: "Medium.",
            found: """
                `HostConfig.CapAdd` names a capability that neither [dangerous-capability](dangerous-capability.md) \
                lists nor Kubernetes' baseline allows. One finding for each.
                """,
            reason: """
                An attacker who takes over the program has each added capability too.
                """
        ),
        "capabilities-not-dropped": RulePage(
            opening: "Low.",
            found: """
                `HostConfig.CapDrop` contains neither `ALL` nor, as Podman writes it, the name of each default \
                capability of the engine.
                """,
            reason: """
                The engine grants fourteen capabilities by default. Most programs need none or one of them.
                """
        ),
        "new-privileges-allowed": RulePage(
            opening: "Low.",
            found: """
                No security option `no-new-privileges`, or one with a value other than `true`, `t` or `1`.
                """,
            reason: """
                A set-user-ID program in the image can give root to a process that was started without privileges.
                """
        ),
        "writable-root-filesystem": RulePage(
            opening: "Low.",
            found: """
                `HostConfig.ReadonlyRootfs` is not true.
                """,
            reason: """
                An attacker can replace programs and persist until the container is recreated.
                """
        ),
        "root-group": RulePage(
            opening: "Low.",
            found: """
                The group of `Config.User` is `root` or 0 while the user is not, or `HostConfig.GroupAdd` contains \
                `root`, 0 or `docker`.
                """,
            reason: """
                The group root can write many files of the host and of mounts; the group `docker` may use the \
                engine's socket.
                """
        ),
        "memory-unlimited": RulePage(
            opening: "Low.",
            found: """
                `HostConfig.Memory` is 0.
                """,
            reason: """
                A leak or an attacker can use up the memory of all containers. Then the kernel chooses which process \
                to kill.
                """
        ),
        "cpu-unlimited": RulePage(
            opening: "Low.",
            found: """
                `NanoCpus`, `CpuQuota` and `CpuShares` all set no limit.
                """,
            reason: """
                A container that spins, or mines, starves its neighbours.
                """
        ),
        "pids-unlimited": RulePage(
            opening: "Low.",
            found: """
                `HostConfig.PidsLimit` is absent, 0 or −1.
                """,
            reason: """
                A fork bomb in one container fills the process table of the host.
                """
        ),
        "raised-ulimit": RulePage(
            opening: "Usually low.",
            found: """
                An entry of `HostConfig.Ulimits` without a limit (-1), or with over 1,048,576 open files. One \
                finding for each.
                """,
            reason: """
                The limits keep one program from using up what all programs of the host share.
                """
        ),
        "unsafe-sysctl": RulePage(
            opening: "Medium.",
            found: """
                A key of `HostConfig.Sysctls` that Kubernetes' baseline does not list as safe. One finding for each.
                """,
            reason: """
                Some kernel settings affect the whole host, and others enable old protocols. Only a few are known to \
                affect only the container.
                """
        ),
    ]
}

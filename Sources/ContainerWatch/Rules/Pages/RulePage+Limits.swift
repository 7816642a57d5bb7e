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
                On hosts with SELinux the label is what keeps a process that got out of its container from touching \
                anything.
                """
        ),
        "apparmor-missing": RulePage(
            opening: "Low.",
            found: """
                The document has an `AppArmorProfile` and it is empty. On hosts without AppArmor that is so for \
                every container.
                """,
            reason: """
                Without a profile nothing but capabilities and seccomp stands between root in the container and the \
                host's control files.
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
                one the engine brings along.
                """
        ),
        "added-capability": RulePage(
            opening: "Medium.",
            found: """
                `HostConfig.CapAdd` names a capability that neither [dangerous-capability](dangerous-capability.md) \
                lists nor Kubernetes' baseline allows. One finding for each.
                """,
            reason: """
                Each capability more is a right that the program will have when somebody else steers it.
                """
        ),
        "capabilities-not-dropped": RulePage(
            opening: "Low.",
            found: """
                `HostConfig.CapDrop` does not hold `ALL`, nor each of the engine's default capabilities by its name, \
                as Podman writes it.
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
                A set-user-ID program in the image can make root of a process that was started without rights.
                """
        ),
        "writable-root-filesystem": RulePage(
            opening: "Low.",
            found: """
                `HostConfig.ReadonlyRootfs` is not true.
                """,
            reason: """
                Whoever gets in can replace programs and stay until the container is created anew.
                """
        ),
        "root-group": RulePage(
            opening: "Low.",
            found: """
                The group of `Config.User` is `root` or 0 while the user is not, or `HostConfig.GroupAdd` holds \
                `root`, 0 or `docker`.
                """,
            reason: """
                Many files of the host and of mounts belong to the group root and can be written by it; the group \
                `docker` may use the engine's socket.
                """
        ),
        "memory-unlimited": RulePage(
            opening: "Low.",
            found: """
                `HostConfig.Memory` is 0.
                """,
            reason: """
                One leak, or one attacker, takes the memory of all others; then the kernel chooses what to kill.
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
                A fork bomb in one container takes the process table of the host.
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
                Some kernel settings hold for the host as a whole, others open old protocols; only a few are known \
                to stay within the container.
                """
        ),
    ]
}

extension RulePage {
    /// Of the base rules, and of the one that is always checked.
    static let base: [String: RulePage] = [
        "privileged-container": RulePage(
            opening: "Critical.",
            found: """
                `HostConfig.Privileged` is true.
                """,
            reason: """
                A privileged container has every capability, sees every device of the host and is confined by \
                neither seccomp nor AppArmor. From there, mounting the host's disk is one command.
                """
        ),
        "docker-socket-mount": RulePage(
            opening: "Critical.",
            found: """
                A bind mount whose source is named `docker.sock`, `docker.sock.raw`, `docker.raw.sock`, \
                `docker-cli.sock`, `docker.proxy.sock`, `docker-host.sock`, `balena.sock` or `balena-engine.sock`, \
                in any folder, read-only or not. On Windows: the pipe `docker_engine` and those of Docker Desktop. \
                Where the engine is asked, on its own host, the socket by which it is asked counts whatever its name. \
                The folders that hold such a socket are [sensitive-host-mount](sensitive-host-mount.md).
                """,
            reason: """
                A client of the engine can start a privileged container, so access to the socket is root on the \
                host. A read-only mount protects the socket file, not the engine behind it.
                """
        ),
        "runtime-socket-mount": RulePage(
            opening: "Critical.",
            found: """
                A bind mount whose source is the socket of containerd, Podman, CRI-O, cri-dockerd, dockershim, \
                BuildKit, LXD, Incus, or of containerd's resource interface (`nri.sock`), read-only or not.
                """,
            reason: """
                These engines can start containers with any privilege on the host, exactly as Docker can, and are \
                monitored less.
                """
        ),
        "sensitive-host-mount": RulePage(
            opening: "Usually high.",
            found: """
                A bind mount of `/etc`, `/proc`, `/sys`, `/root` or `/var/lib/docker`, or of anything below. High \
                when writable, medium when read-only. A mount that is read-only at its top only \
                (`ReadOnlyNonRecursive`) counts as writable.

                A folder with the socket of an engine or of the host somewhere below it is always high, because \
                sockets work through a read-only mount: `/`, `/var`, `/run`, `/run/user/UID`, `/run/containerd`, \
                `/run/podman`, `/run/crio`, `/run/k3s`, `/run/buildkit`, `/run/systemd`, `/run/dbus`, \
                `~/.docker/run` and others. `/var/run` is `/run`.

                On a Windows host: a whole drive, `Users`, `Windows`, `Program Files` and Docker's data. Read-only \
                mounts of the time zone, `machine-id`, `os-release`, `hosts`, `hostname` and `resolv.conf` are not \
                reported, those of the certificate folders are low.
                """,
            reason: """
                Written to, these paths change who may log in, what the kernel runs and what other containers hold. \
                Read, they give away password hashes, keys and the data of other containers.
                """
        ),
        "host-pid-namespace": RulePage(
            opening: "High.",
            found: """
                `HostConfig.PidMode` is `host`.
                """,
            reason: """
                The container sees every process of the host with its command line, can signal those of its own \
                user, and as root can open their files through `/proc/PID/root`.
                """
        ),
        "host-network": RulePage(
            opening: "High.",
            found: """
                `HostConfig.NetworkMode` is `host`, or, where that is absent, the container is attached to the \
                network `host`.
                """,
            reason: """
                The container can reach services that listen only on loopback. With one more capability it can read \
                the traffic of the host's interfaces.
                """
        ),
        "dangerous-capability": RulePage(
            opening: "High.",
            found: """
                `HostConfig.CapAdd` names `ALL`, `SYS_ADMIN`, `NET_ADMIN`, `SYS_PTRACE`, `SYS_MODULE`, `SYS_RAWIO`, \
                `DAC_READ_SEARCH`, `BPF`, `PERFMON`, `SYS_BOOT`, `SYS_TIME`, `SYSLOG`, `MAC_ADMIN`, `MAC_OVERRIDE`, \
                `SYS_RESOURCE` or `CHECKPOINT_RESTORE`, with or without `CAP_`. Dropping the same capability does \
                not remove it. One finding for each.

                `DAC_OVERRIDE`, `NET_RAW` and `MKNOD` are among the default capabilities. Added beside `CapDrop ALL` \
                they are medium; added to the default capabilities they change nothing and are not reported. Podman \
                does not give `NET_RAW` and `MKNOD` by default, so there they are medium.
                """,
            reason: """
                Each of these permits something that confines containers when it is denied: mounting, loading \
                modules, reading any file, changing the network, tracing other processes.
                """
        ),
        "seccomp-unconfined": RulePage(
            opening: "High.",
            found: """
                A security option `seccomp` with the value `unconfined`, a profile whose default action lets a call \
                happen (`SCMP_ACT_ALLOW`, `SCMP_ACT_LOG`, `SCMP_ACT_TRACE`), or a profile that names at least half \
                of 20 calls as allowed which the profiles of Docker and Podman refuse, such as `bpf`, \
                `kexec_load`, `init_module` and `swapon`. Calls that a profile allows only with a capability which \
                the container has neither by default nor by `--cap-add` do not count. A profile that cannot be \
                read, or that names a setting twice, counts as one that allows everything. The profile of a \
                privileged container is not looked at, because the engine ignores it.
                """,
            reason: """
                The engine's filter blocks some dozens of rarely used system calls. Most kernel flaws that permit an \
                escape are in those.
                """
        ),
        "apparmor-unconfined": RulePage(
            opening: "High.",
            found: """
                A security option `apparmor` with the value `unconfined`, or an `AppArmorProfile` of that name.
                """,
            reason: """
                The engine's profile refuses mounts and writes below `/proc` and `/sys` even to root. Without it a \
                single mistake elsewhere suffices for an escape.
                """
        ),
        "docker-api-exposed": RulePage(
            opening: "Critical.",
            found: """
                Critical: the container port `2375/tcp` is published, or another TCP port is published on the host \
                port 2375. A loopback address counts too. A container port 2376 serves TLS wherever it is published.

                Medium: the image or the container only declares `2375/tcp` (`EXPOSE`). The engine opens nothing for \
                that, but other containers on its networks may reach the port. Socket filters do this, and a filter \
                on a network of its own is the better choice than a socket.
                """,
            reason: """
                Port 2375 is the engine's API without TLS and without a password. A client that reaches it, even \
                from another container or through a browser, controls the host.
                """
        ),
        "root-user": RulePage(
            opening: "Medium.",
            found: """
                `Config.User` is empty, `root`, or 0 in any spelling (`00`, `+0`, `-0`), with any group.
                """,
            reason: """
                Root in the container is the host's root with fewer capabilities, so every flaw of the kernel, the \
                engine or a mount is more severe.
                """
        ),
        "too-many-settings": RulePage(
            opening: "High.",
            found: """
                A list of the document has over 4,096 entries: binds, mounts, devices, capabilities, variables, \
                groups, words of a command, kernel settings, security options, networks, or addresses of one port. \
                Of exposed and of published ports 65,536 are judged. Rules do not check the entries beyond that, and \
                the finding names the list.

                From the engine, `lookout audit` and `lookout monitor` look at 256 of the containers, volumes and \
                networks that one container refers to, take over 4,096 mounts of the containers in `VolumesFrom`, and \
                follow links in 8 MiB of its paths. More than that is a finding as well.

                The rule belongs to every profile, and is checked with `--rule` too, because it reports what the \
                other rules did not check.
                """,
            reason: """
                Real containers have tens of such entries. A list of thousands is a mistake, or an attempt to hide \
                one entry behind the others or to keep a program busy.
                """
        ),
    ]
}

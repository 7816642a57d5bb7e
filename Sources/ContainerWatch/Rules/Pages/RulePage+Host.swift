extension RulePage {
    /// Of the rules about what a container gets of the host.
    static let ofTheHost: [String: RulePage] = [
        "host-ipc-namespace": RulePage(
            opening: "High.",
            found: """
                `HostConfig.IpcMode` is `host`.
                """,
            reason: """
                Shared memory, semaphores and message queues of the host's programs can be read and written. \
                Databases and desktop programs keep secrets there.
                """
        ),
        "host-uts-namespace": RulePage(
            opening: "Medium.",
            found: """
                `HostConfig.UTSMode` is `host`.
                """,
            reason: """
                With `SYS_ADMIN` the container can rename the host, and logs and clusters identify it by that name.
                """
        ),
        "host-user-namespace": RulePage(
            opening: "Medium.",
            found: """
                `HostConfig.UsernsMode` is `host`.
                """,
            reason: """
                An engine with user namespaces maps root in a container to a user without rights. This container is \
                exempt, so its root is the host's root.
                """
        ),
        "host-cgroup-namespace": RulePage(
            opening: "Low.",
            found: """
                `HostConfig.CgroupnsMode`, which Podman calls `CgroupMode`, is `host`. That is the engine's default \
                on hosts with cgroup v1.
                """,
            reason: """
                The container sees the paths, and so the ids, of all other containers, which helps an attacker to \
                find an escape.
                """
        ),
        "shared-namespace": RulePage(
            opening: "Low.",
            found: """
                `PidMode`, `IpcMode` or `NetworkMode` begins with `container:`. One finding for each kind; it names \
                the other container.
                """,
            reason: """
                The two containers can see or reach each other as if they were one, so both are only as secure as \
                the weaker one.
                """
        ),
        "host-control-socket": RulePage(
            opening: "Usually high.",
            found: """
                A bind mount of systemd's private socket, of the D-Bus system bus, or of the sockets of libvirt and \
                snapd, read-only or not. The folders that hold them are \
                [sensitive-host-mount](sensitive-host-mount.md).
                """,
            reason: """
                These services trust a caller that is root. A container whose user is 0 may ask systemd to start a \
                unit, libvirt to start a machine with the host's disk, or snapd to install a package.
                """
        ),
        "host-keys-mount": RulePage(
            opening: "Usually medium.",
            found: """
                A bind mount of `.ssh`, `.aws`, `.kube`, `.docker`, `.gnupg`, `.azure`, `.config/gcloud` or of \
                something below, and of files such as `id_ed25519`, `.netrc`, `.git-credentials` and `.pgpass`, \
                wherever the account's folder is, read-only or not. A writable `.ssh` is high. `known_hosts` and \
                public keys are not reported. Below `/root` the rule [sensitive-host-mount](sensitive-host-mount.md) \
                reports them.
                """,
            reason: """
                Reading is enough to act as the account elsewhere: other hosts, a cloud, a registry. Who writes to \
                `authorized_keys` logs in to this host.
                """
        ),
        "extra-host-mount": RulePage(
            opening: "Usually high.",
            found: """
                High when writable, medium when read-only: a bind mount of `/usr`, `/bin`, `/sbin`, `/lib*`, \
                `/boot`, of the data of engines and Kubernetes below `/var/lib` and `/run`, of scheduled jobs below \
                `/var/spool`, of package databases, or of anything below. `/home`, a home, a drive of Windows under \
                Docker Desktop's name for it, and the start-up files of a shell or a session. Read-only, most of \
                these are not reported deeper than one level.

                Below `/dev` a mount is judged as [the device](host-device.md) that it is.

                Medium when writable, low when read-only: what applications keep below `/var`, `/srv` and `/opt`.
                """,
            reason: """
                Programs of the host, accounts' keys, scheduled jobs and other containers' data are there. Write \
                access lets the container run code on the host, and read access often reveals keys.
                """
        ),
        "unknown-socket-on-docker-path": RulePage(
            opening: "Medium.",
            found: """
                A bind mount whose destination is a Docker socket while its source is not one.
                """,
            reason: """
                Programs in the container will use it as an engine. If it is a filter, its rules decide what the \
                container may do, and the document does not show them.
                """
        ),
        "mount-propagation-shared": RulePage(
            opening: "Medium.",
            found: """
                A bind mount with the propagation `shared` or `rshared`.
                """,
            reason: """
                A mount below it inside the container appears on the host, and hides what is there.
                """
        ),
        "host-device": RulePage(
            opening: "Usually medium.",
            found: """
                Each entry of `HostConfig.Devices` except `/dev/null`, `zero`, `full`, `random`, `urandom` and \
                `tty`. Critical for `/dev` as a whole and for `/dev/mem`, `/dev/kmem` and `/dev/port`. High for \
                disks and what reads or writes one: `sd`, `hd`, `vd`, `xvd`, `nvme`, `mmcblk`, `nbd`, `rbd`, `zd`, \
                `drbd`, `bcache`, `dm-`, `md`, `loop`, `sg` and others, the folders `mapper`, `disk`, `block`, `md` \
                and `zvol`, and the volumes of an LVM group. High for the registers of the processors (`cpu/*/msr`) \
                and the image of a sleeping kernel (`snapshot`). Graphics processors are low, all else is medium.

                Each entry of `HostConfig.DeviceRequests` (`--gpus`, devices of the Container Device Interface) is \
                low and named.
                """,
            reason: """
                Access to a disk bypasses all file permissions, and access to memory bypasses everything. Other \
                devices expose flaws in their drivers.
                """
        ),
        "device-cgroup-wildcard": RulePage(
            opening: "High.",
            found: """
                An entry of `HostConfig.DeviceCgroupRules` that begins with `a`, that covers any block device, such \
                as `b 8:* rwm` or `b *:* r`, or that covers the character devices of memory (1:1, 1:2, 1:4), of the \
                processors' registers, of raw disk access, or of the image of a sleeping kernel.
                """,
            reason: """
                The container can create a device file for the host's disk and use it; `MKNOD` is among the default \
                capabilities.
                """
        ),
        "unmasked-system-paths": RulePage(
            opening: "High.",
            found: """
                `HostConfig.MaskedPaths` lacks one of `/proc/acpi`, `/proc/kcore`, `/proc/keys`, \
                `/proc/sched_debug`, `/proc/scsi`, `/proc/timer_list` and `/sys/firmware`; or \
                `HostConfig.ReadonlyPaths` lacks one of `/proc/bus`, `/proc/fs`, `/proc/irq`, `/proc/sys` and \
                `/proc/sysrq-trigger`. The default lists of every engine contain these. The options \
                `systempaths=unconfined` and Podman's `unmask` for `ALL`, `/proc` or `/sys` count too. A privileged \
                container has no such lists.
                """,
            reason: """
                Among these paths are `/proc/kcore`, which shows the kernel's memory, `/proc/sys`, where a writer \
                names a program that the kernel runs as root, and `/proc/sysrq-trigger`, which stops the host.
                """
        ),
        "writable-cgroups": RulePage(
            opening: "Usually medium.",
            found: """
                A security option `writable-cgroups` that is on.
                """,
            reason: """
                The container can raise its own limits of memory and processes. With control groups of version 1 it \
                also reaches settings that run a program on the host.
                """
        ),
    ]
}

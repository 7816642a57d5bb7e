extension RulePage {
    /// Of the rules about networks, contents, volumes and processes.
    static let ofTheNetwork: [String: RulePage] = [
        "privileged-port": RulePage(
            opening: "Low.",
            found: """
                A port is published on a host port from 1 to 1023.
                """,
            reason: """
                These ports are for services that the host's administrator starts, and clients trust what answers \
                there.
                """
        ),
        "port-on-all-interfaces": RulePage(
            opening: "Low.",
            found: """
                A port is published without an address, or on one that stands for all: `0.0.0.0`, `::` and their \
                other spellings. Exposed ports of a container with `PublishAllPorts` too. One finding for each \
                container port.
                """,
            reason: """
                The engine opens the port on every network of the host, and bypasses most host firewalls.
                """
        ),
        "docker-tls-port-open": RulePage(
            opening: "Low.",
            found: """
                As [docker-api-exposed](docker-api-exposed.md) for port 2376, published on all interfaces.
                """,
            reason: """
                TLS with client certificates is correct. But every network can reach the engine's whole API, so a \
                stolen certificate suffices.
                """
        ),
        "docker-host-env": RulePage(
            opening: "High.",
            found: """
                The variable `DOCKER_HOST` begins with `tcp://`, its port is 2375 or missing, and \
                `DOCKER_TLS_VERIFY` is not set. Its value is not printed. High when it names the host or another \
                machine: an address, a name with a dot, `host.docker.internal`, a name that `--add-host` adds, or \
                the loopback on the host's network. Low when it names another container.
                """,
            reason: """
                An engine's API is equivalent to its socket, and without TLS the traffic can be read on the path. A \
                container that serves it is often a filter, and then the filter's rules decide.
                """
        ),
        "secret-in-environment": RulePage(
            opening: "Medium.",
            found: """
                A variable with a value whose name contains `PASSWORD`, `PASSWD`, `PASSPHRASE`, `SECRET`, `API_KEY`, \
                `AUTHKEY`, `PRIVATE_KEY`, `CREDENTIAL` or a similar word, ends in `_PASS`, `_PWD` or the word \
                `TOKEN`; a URL with a password in it; a value that begins like a key of a known service. One finding \
                for each container, with names only.

                Not reported: names that end in `_FILE`, `_PATH`, `_URL`, `_TTL`, `_LENGTH` and other settings, \
                names that begin with `MAX_` or `ALLOW_`, and values such as `yes` and `false`.
                """,
            reason: """
                Variables are visible in `docker inspect`, in `/proc`, in crash reports and in every child process.
                """
        ),
        "mutable-image": RulePage(
            opening: "Low.",
            found: """
                `Config.Image` has no digest and is not an image's id, and its tag is `latest` or missing.
                """,
            reason: """
                You cannot tell what ran yesterday, and anyone who can push to the name decides what runs tomorrow.
                """
        ),
        "no-healthcheck": RulePage(
            opening: "Low.",
            found: """
                `Config.Healthcheck.Test` is absent, empty or `NONE`, and `State` does not contain a health with a \
                status.
                """,
            reason: """
                A hanging program looks like a working one.
                """
        ),
        "restart-always": RulePage(
            opening: "Low.",
            found: """
                The restart policy is `always` or `unless-stopped`, or `on-failure` without a limit or with more \
                than 5 retries.
                """,
            reason: """
                An exploit that crashes nine times out of ten gets unlimited attempts, and a loop of crashes uses up \
                the host.
                """
        ),
        "default-bridge": RulePage(
            opening: "Low.",
            found: """
                `HostConfig.NetworkMode` is `default` or `bridge`.
                """,
            reason: """
                Every container on the default bridge reaches all others on every port, whether or not they belong \
                together.
                """
        ),
        "custom-cgroup-parent": RulePage(
            opening: "Low.",
            found: """
                `HostConfig.CgroupParent` is not empty. Podman's own parents (`user.slice`, `machine.slice`, \
                `/libpod_parent`) are not reported.
                """,
            reason: """
                The container is not under the limits that its host sets for containers, and may be under none.
                """
        ),
        "ssh-server": RulePage(
            opening: "Low.",
            found: """
                `22/tcp` is exposed or published, or the command contains `sshd` as a part of a path.
                """,
            reason: """
                It is a second way in, whose keys, passwords and updates are easily neglected.
                """
        ),
        "volumes-from": RulePage(
            opening: "Usually low.",
            found: """
                `HostConfig.VolumesFrom` names a container. One finding for each.
                """,
            reason: """
                A mount of the other container, such as an engine's socket, is a mount of this one.
                """
        ),
        "shared-writable-path": RulePage(
            opening: "Usually low.",
            found: """
                Two or more containers of one report mount the same path of the host or the same named volume, and \
                at least one of them has it writable. One finding for each container and path. Sockets and system \
                folders have rules of their own.
                """,
            reason: """
                An attacker in the container that writes decides what the others read: programs, configuration, \
                data.
                """
        ),
        "volume-on-host-path": RulePage(
            opening: "Usually high.",
            found: """
                A volume of the local driver with options, with the same severity as the mount that it makes: \
                `o=bind` on a path that another rule calls high or that holds keys; `type` `proc`, `sysfs`, \
                `cgroup`, `devtmpfs` or another file system of the kernel; an overlay of such paths; a disk of the \
                host as `device`. Of `ro` and `rw` the last one counts.

                A mount that makes its volume (`VolumeOptions`) shows its options in `docker inspect`, so they are \
                found in a file too. The rule must ask the engine what a named volume is, so from a file it does not \
                find those.
                """,
            reason: """
                `docker inspect` shows an ordinary volume, so the mount passes every check that reads only that.
                """
        ),
        "privileged-exec": RulePage(
            opening: "High.",
            found: """
                `docker exec --privileged` in a running container. Only the engine's events show it, not the \
                container's document. So [`lookout monitor`](../audit.md#lookout-monitor) reports it, and `lookout \
                audit` does not.
                """,
            reason: """
                The process has every capability, regardless of the container's own.
                """
        ),
        "root-exec": RulePage(
            opening: "Low.",
            found: """
                `docker exec --user root` (or 0) in a running container. Only the engine's events show it, not the \
                container's document. So [`lookout monitor`](../audit.md#lookout-monitor) reports it, and `lookout \
                audit` does not.
                """,
            reason: """
                A process runs as root in a container that was meant to run without root.
                """
        ),
    ]
}

extension RulePage {
    /// Of the rules about networks, contents, volumes and processes.
    static let ofTheNetwork: [String: RulePage] = [
        "privileged-port": RulePage(
            opening: "Low.",
            found: """
                A port is published on a host port from 1 to 1023.
                """,
            reason: """
                These ports are for services that the host's administrator starts; whoever sits there is believed.
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
                The engine opens the port past most host firewalls, on every network that the host is in.
                """
        ),
        "docker-tls-port-open": RulePage(
            opening: "Low.",
            found: """
                As [docker-api-exposed](docker-api-exposed.md) for port 2376, published on all interfaces.
                """,
            reason: """
                TLS with client certificates is right, and still the engine's whole API stands open to every network \
                for whoever gets hold of a certificate.
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
                An engine's API without TLS is as good as its socket, and readable on the way. A container that \
                serves it is often a filter, and then the filter's rules decide.
                """
        ),
        "secret-in-environment": RulePage(
            opening: "Medium.",
            found: """
                A variable with a value whose name holds `PASSWORD`, `PASSWD`, `PASSPHRASE`, `SECRET`, `API_KEY`, \
                `AUTHKEY`, `PRIVATE_KEY`, `CREDENTIAL` or a similar word, ends in `_PASS`, `_PWD` or the word \
                `TOKEN`; a URL with a password in it; a value that begins like a key of a known service. One finding \
                for each container, with names only.

                Not reported: names that end in `_FILE`, `_PATH`, `_URL`, `_TTL`, `_LENGTH` and other settings, \
                names that begin with `MAX_` or `ALLOW_`, and values such as `yes` and `false`.
                """,
            reason: """
                Variables show in `docker inspect`, in `/proc`, in crash reports and in every child process.
                """
        ),
        "mutable-image": RulePage(
            opening: "Low.",
            found: """
                `Config.Image` has no digest and is not an image's id, and its tag is `latest` or missing.
                """,
            reason: """
                Nobody can tell what ran yesterday, and whoever can push to the name decides what runs tomorrow.
                """
        ),
        "no-healthcheck": RulePage(
            opening: "Low.",
            found: """
                `Config.Healthcheck.Test` is absent, empty or `NONE`, and `State` does not tell of a health with a \
                status.
                """,
            reason: """
                A program that hangs looks like one that works.
                """
        ),
        "restart-always": RulePage(
            opening: "Low.",
            found: """
                The restart policy is `always` or `unless-stopped`, or `on-failure` without a limit or with more \
                than 5 retries.
                """,
            reason: """
                An exploit that crashes nine times out of ten gets all the attempts it needs, and a loop of crashes \
                eats the host.
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
                The container counts against other limits than those that its host set up for containers, perhaps \
                none.
                """
        ),
        "ssh-server": RulePage(
            opening: "Low.",
            found: """
                `22/tcp` is exposed or published, or the command holds `sshd` as a part of a path.
                """,
            reason: """
                A second way in, with keys, passwords and updates that nobody looks after.
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
                Whoever takes over the container that writes decides what the others read: programs, configuration, \
                data.
                """
        ),
        "volume-on-host-path": RulePage(
            opening: "Usually high.",
            found: """
                A volume of the local driver with options, as severe as the mount that it makes: `o=bind` on a path \
                that another rule calls high or that holds keys; `type` `proc`, `sysfs`, `cgroup`, `devtmpfs` or \
                another file system of the kernel; an overlay of such paths; a disk of the host as `device`. Of `ro` \
                and `rw` the last one counts.

                A mount that makes its volume (`VolumeOptions`) shows its options in `docker inspect`, so they are \
                found in a file too. What a named volume is has to be asked of the engine, so in a file it is not \
                found.
                """,
            reason: """
                `docker inspect` shows an ordinary volume, so the mount passes every check that reads only that.
                """
        ),
        "privileged-exec": RulePage(
            opening: "High.",
            found: """
                `docker exec --privileged` in a running container. No document of a container tells that, only the \
                engine's events: [`lookout monitor`](../audit.md#lookout-monitor) follows them, `lookout audit` \
                never reports it.
                """,
            reason: """
                The process has every capability, whatever the container was given.
                """
        ),
        "root-exec": RulePage(
            opening: "Low.",
            found: """
                `docker exec --user root` (or 0) in a running container. No document of a container tells that, only \
                the engine's events: [`lookout monitor`](../audit.md#lookout-monitor) follows them, `lookout audit` \
                never reports it.
                """,
            reason: """
                A process with root's rights runs in a container that was meant to do without.
                """
        ),
    ]
}

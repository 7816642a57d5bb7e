import Base

extension Rule {
    static let privilegedExec = Rule(
        "privileged-exec",
        .high,
        "A process was started in a container with every capability.",
        remedy: "Do without `docker exec --privileged`; find out who used it.",
        references: [.cis("5.23")],
        ownsHost: true,
        check: .exec { exec in
            exec.isPrivileged ? [Remark(.high, "A privileged process was started with docker exec.")] : []
        }
    )

    static let rootExec = Rule(
        "root-exec",
        .low,
        "A process was started in a container as root, on demand.",
        remedy: "Do without `docker exec --user root`; find out who used it.",
        references: [.cis("5.24")],
        check: .exec { exec in
            // Without a user of its own the process has the container's, which `root-user` looks at.
            guard !exec.user.text.trimmingSpace.isEmpty, exec.user.isRoot else { return [] }
            return [
                Remark(
                    .low,
                    "A process was started as '\(exec.user.text)' with docker exec.",
                    ["user": .text(exec.user.text)]
                )
            ]
        }
    )
}

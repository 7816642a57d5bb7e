import Base

extension Rule {
    static let dockerHostEnvironment = Rule(
        "docker-host-env",
        .high,
        "The container is told to use a Docker engine over a network without TLS.",
        remedy: "Use a socket filter, or TLS with client certificates on port 2376.",
        ownsHost: true
    ) { document in
        let usesTLS = document.environment.contains { $0.name == "DOCKER_TLS_VERIFY" && !$0.value.isEmpty }
        let places = document.environment.filter { $0.name == "DOCKER_HOST" }.compactMap { DockerHost($0.value) }
        guard !usesTLS, !places.isEmpty else { return [] }
        // Of a variable that comes twice, the program decides which one it takes.
        if places.allSatisfy({ $0.isAnotherContainer(of: document) }) {
            return [Remark(.low, "The variable DOCKER_HOST names another container as an engine without TLS.")]
        }
        return [Remark(.high, "The variable DOCKER_HOST names an engine without TLS on the host or another machine.")]
    }

    static let secretInEnvironment = Rule(
        "secret-in-environment",
        .medium,
        "A variable looks like a secret; every user of the engine can read it.",
        remedy: "Pass a file instead: a Docker secret or a mounted file, named by a variable that ends in _FILE.",
        references: [.trivy("")]
    ) { document in
        let names = document.environment.filter { SecretVariable.isSecret(name: $0.name, value: $0.value) }.map(\.name)
        guard !names.isEmpty else { return [] }
        return [
            Remark(
                .medium,
                "Variables that look like secrets: \(names.joined(separator: ", ")).",
                ["variables": .list(names)]
            )
        ]
    }

    static let mutableImage = Rule(
        "mutable-image",
        .low,
        "The image's name stands for something else tomorrow.",
        remedy: "Name a version, better a digest: `image:1.2.3@sha256:…`.",
        references: [.cis("5.28"), .trivy("KSV013")]
    ) { document in
        guard !document.image.isEmpty, !document.image.contains("@sha256:"), !document.isImageByID else { return [] }
        let image = document.image.utf8
        let last = image.lastIndex(of: UInt8(ascii: "/")).map { image[$0...].dropFirst() } ?? image[...]
        let tag = last.firstIndex(of: UInt8(ascii: ":")).map { Substring(last[$0...].dropFirst()) } ?? ""
        guard tag.isEmpty || tag == "latest" else { return [] }
        return [Remark(.low, "The image \(document.image) has no version.")]
    }
}

extension InspectDocument {
    /// Whether the image is named by its id, whole or short, which never changes.
    fileprivate var isImageByID: Bool {
        if self.image.utf8.starts(with: "sha256:".utf8) { return true }
        return [12, 64].contains(self.image.utf8.count)
            && self.image.utf8.allSatisfy { $0.isDigit || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0) }
    }

    fileprivate var environment: [(name: String, value: String)] {
        (self.config["Env"]?.texts ?? []).map { entry in
            let parts = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
        }
    }
}

extension DockerHost {
    private static let ofTheHost: Set = [
        "host.docker.internal", "gateway.docker.internal", "docker.for.mac.localhost", "docker.for.win.localhost",
        "host.containers.internal", "host.lima.internal", "host.minikube.internal", "host-gateway",
    ]
    private static let loopback: Set = ["localhost", "::1", "ip6-localhost"]

    /// Whether it is another container, or the container's own neighbour: a name without a dot on a network of containers,
    /// or the loopback of a network that is not the host's.
    func isAnotherContainer(of document: InspectDocument) -> Bool {
        guard !document.host("NetworkMode", is: "host"), !Self.ofTheHost.contains(self.name) else { return false }
        if Self.loopback.contains(self.name) || self.name.utf8.starts(with: "127.".utf8) { return true }
        // `--add-host name:host-gateway` makes a name of the host's.
        let isAdded = (document.host["ExtraHosts"]?.texts ?? []).contains { entry in
            entry.utf8.starts(with: "\(self.name):".utf8) || entry.utf8.starts(with: "\(self.name)=".utf8)
        }
        return !isAdded && !self.name.isEmpty && !self.name.utf8.contains { ".:".utf8.contains($0) }
    }
}

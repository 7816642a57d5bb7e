extension Rule {
    static let dockerHostEnvironment = Rule(
        "docker-host-env",
        .high,
        "The container is told to use a Docker engine over a network without TLS.",
        remedy: "Use a socket filter, or TLS with client certificates on port 2376."
    ) { document in
        let points = document.environment.contains { name, value in
            name == "DOCKER_HOST" && value.hasPrefix("tcp://") && value.hasSuffix(":2375")
        }
        return points ? [Remark(.high, "The variable DOCKER_HOST names an engine without TLS.")] : []
    }

    static let secretInEnvironment = Rule(
        "secret-in-environment",
        .medium,
        "A variable looks like a secret; everybody who may inspect the container can read it.",
        remedy: "Pass a file instead: a Docker secret or a mounted file, named by a variable that ends in _FILE.",
        references: [.trivy("")]
    ) { document in
        let names = document.environment.filter { Self.isSecret($0.name) && !$0.value.isEmpty }.map(\.name)
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
        guard !document.image.isEmpty, !document.image.contains("@sha256:") else { return [] }
        let image = document.image.utf8
        let last = image.lastIndex(of: UInt8(ascii: "/")).map { image[$0...].dropFirst() } ?? image[...]
        let tag = last.firstIndex(of: UInt8(ascii: ":")).map { Substring(last[$0...].dropFirst()) } ?? ""
        guard tag.isEmpty || tag == "latest" else { return [] }
        return [Remark(.low, "The image \(document.image) has no version.")]
    }

    private static func isSecret(_ name: String) -> Bool {
        // By bytes: a search in a string goes by characters, and this is asked for each variable of each container.
        let name = Array(name.uppercased().utf8)
        return !name.suffix(5).elementsEqual("_FILE".utf8)
            && self.secretWords.contains { word in name.indices.contains { name[$0...].starts(with: word) } }
    }

    private static let secretWords = [
        "PASSWORD", "PASSWD", "SECRET", "TOKEN", "API_KEY", "PRIVATE_KEY", "CREDENTIAL",
    ].map { Array($0.utf8) }
}

extension InspectDocument {
    fileprivate var environment: [(name: String, value: String)] {
        (self.config["Env"]?.texts ?? []).map { entry in
            let parts = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
        }
    }
}

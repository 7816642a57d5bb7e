import Base

extension Rule {
    static let dockerAPIExposed = Rule(
        "docker-api-exposed",
        .critical,
        "A Docker engine's port without TLS is open.",
        remedy: "Listen on a Unix socket, or on port 2376 with client certificates.",
        references: [.falco],
        ownsHost: true
    ) { document in
        document.ports.filter { $0.serves(2375) && $0.number != 2376 }.map { port in
            guard port.isPublished else {
                return port.remark(
                    .medium,
                    "The container declares the Docker API port \(port.name), without TLS, for the networks that it is on."
                )
            }
            let places = port.bindings.isEmpty ? "all interfaces" : port.bindingTexts.joined(separator: ", ")
            return port.remark(.critical, "The Docker API port \(port.name) is published on \(places), without TLS.")
        }
    }

    static let dockerTLSPortOpen = Rule(
        "docker-tls-port-open",
        .low,
        "A Docker engine's TLS port is published on every interface.",
        remedy: "Publish it on one address: `--publish 10.0.0.5:2376:2376`."
    ) { document in
        document.ports.filter { $0.serves(2376) && $0.isOnAllInterfaces }.map { port in
            port.remark(.low, "The Docker API port \(port.name) is published on all interfaces.")
        }
    }

    static let privilegedPort = Rule(
        "privileged-port",
        .low,
        "A host port below 1024 is published.",
        remedy: "Publish a port above 1023, or skip this rule for the container that serves the web.",
        references: [.cis("5.8")]
    ) { document in
        document.ports.compactMap { port in
            let low = port.bindings.filter { (1...1023).contains($0.number ?? 0) }.map(\.text)
            guard !low.isEmpty else { return nil }
            return port.remark(
                .low,
                "The container port \(port.name) is published on the privileged port \(low.joined(separator: ", "))."
            )
        }
    }

    static let portOnAllInterfaces = Rule(
        "port-on-all-interfaces",
        .low,
        "A port is published on every interface of the host.",
        remedy: "Publish it on one address, `--publish 127.0.0.1:8080:80` behind a proxy on the same host.",
        references: [.cis("5.14"), .podSecurityBaseline]
    ) { document in
        document.ports.filter(\.isOnAllInterfaces).map { port in
            port.remark(.low, "The container port \(port.name) is published on all interfaces.")
        }
    }

    static let defaultBridge = Rule(
        "default-bridge",
        .low,
        "The container is on the default bridge, where every container reaches every other.",
        remedy: "Create a network of its own and set `--network`.",
        references: [.cis("5.30")]
    ) { document in
        guard let mode = document.host["NetworkMode"]?.text, ["default", "bridge"].contains(mode) else { return [] }
        return [Remark(.low, "The container is on the default bridge network.")]
    }

    static let sshServer = Rule(
        "ssh-server",
        .low,
        "An SSH server runs in the container, or its port is open.",
        remedy: "Remove it; `docker exec` gives a shell without another server and its keys.",
        references: [.cis("5.7")]
    ) { document in
        if document.ports.contains(where: { $0.name == "22/tcp" }) {
            return [Remark(.low, "The SSH port 22/tcp is exposed.", ["port": .text("22/tcp")])]
        }
        guard document.commandNames("sshd") else { return [] }
        return [Remark(.low, "The container starts an SSH server.")]
    }
}

extension ContainerPort {
    /// Whether the container listens there, or is published there.
    fileprivate func serves(_ number: Int) -> Bool {
        guard self.transport == "tcp" else { return false }
        // Of a range the engine takes the first port that is free.
        return self.number == number || self.bindings.contains { $0.number == number }
    }

    fileprivate var isPublished: Bool { !self.bindings.isEmpty || self.isPublishedAtStart }
    fileprivate var isOnAllInterfaces: Bool {
        self.isPublishedAtStart || self.bindings.contains(where: \.isOnAllInterfaces)
    }

    fileprivate func remark(_ severity: Severity, _ detail: String) -> Remark {
        Remark(severity, detail, ["port": .text(self.name), "bindings": .list(self.bindingTexts)])
    }
}

extension InspectDocument {
    /// Whether what the container starts has that word, between slashes and white space.
    fileprivate func commandNames(_ word: String) -> Bool {
        let lists = [self.root["Args"], self.config["Cmd"], self.config["Entrypoint"]].compactMap(\.self)
        // Podman writes an entry point as one text.
        let texts = [self.root["Path"]?.text ?? ""] + lists.flatMap(\.texts) + lists.compactMap(\.text)
        return texts.contains { text in
            var rest = text.unicodeScalars[...]
            while !rest.isEmpty {
                let piece = rest.prefix { $0 != "/" && !$0.properties.isWhitespace }
                if piece.elementsEqual(word.unicodeScalars) { return true }
                rest = rest[piece.endIndex...].dropFirst()
            }
            return false
        }
    }
}

package import Base

/// The body of `POST /services/create` or `/services/{id}/update`: what each task of a swarm's service may do, brought into
/// the form of an inspect document.
package enum ServiceRequest {
    package static func read(_ body: [UInt8]) throws(CreateRequest.Fault) -> CreateRequest {
        let root = try RequestBody.spelled(body)
        let task = root["TaskTemplate"]
        // A plugin runs on the host with what it asks for.
        if task["PluginSpec"] != nil { throw .opaque("a plugin (PluginSpec)") }
        let spec = task["ContainerSpec"]
        for mount in spec["Mounts"]?.elements ?? [] where self.holdsTemplate(mount) {
            throw .opaque("a template in a mount")
        }
        let name = root["Name"]?.text ?? ""
        return CreateRequest(
            documents: try CreateRequest.documents(
                hosts: [self.host(of: root)],
                config: spec ?? .object([]),
                networks: self.networks(of: root),
                name: name
            )
        )
    }

    /// What `docker service inspect` prints, as a document of one of its tasks.
    fileprivate static func document(_ spec: JSONNode, of service: JSONNode) -> InspectDocument {
        InspectDocument(
            .object([
                .init("Id", service["ID"] ?? .text("")), .init("Name", spec["Name"] ?? .text("")),
                .init("Config", spec["TaskTemplate"]["ContainerSpec"] ?? .object([])),
                .init("HostConfig", self.host(of: spec)),
                .init("NetworkSettings", .object([.init("Networks", self.networks(of: spec))])),
            ])
        )
    }

    private static func host(of root: JSONNode) -> JSONNode {
        let task = root["TaskTemplate"]
        let spec = task["ContainerSpec"]
        return .object([
            .init("Mounts", spec["Mounts"] ?? .null),
            .init("CapAdd", spec["CapabilityAdd"] ?? .null),
            .init("CapDrop", spec["CapabilityDrop"] ?? .null),
            .init("Sysctls", spec["Sysctls"] ?? .null),
            .init("Ulimits", spec["Ulimits"] ?? .null),
            .init("ReadonlyRootfs", spec["ReadOnly"] ?? .null),
            .init("GroupAdd", spec["Groups"] ?? .null),
            .init("Memory", task["Resources"]["Limits"]["MemoryBytes"] ?? .null),
            .init("NanoCpus", task["Resources"]["Limits"]["NanoCPUs"] ?? .null),
            .init("PidsLimit", task["Resources"]["Limits"]["Pids"] ?? .null),
            .init("SecurityOpt", .array(self.options(spec["Privileges"]).map { .text($0) })),
            .init("PortBindings", .object(self.ports(root["EndpointSpec"]))),
        ])
    }

    /// Names or ids of networks, as an inspect document has them.
    private static func networks(of root: JSONNode) -> JSONNode {
        let networks = (root["TaskTemplate"]["Networks"]?.elements ?? []) + (root["Networks"]?.elements ?? [])
        return .object(networks.compactMap { $0["Target"]?.text }.map { .init($0, .object([])) })
    }

    /// Swarm fills templates in on the host where the task runs.
    private static func holdsTemplate(_ node: JSONNode) -> Bool {
        switch node {
        case .text(let text): self.holdsBraces(text)
        case .array(let elements): elements.contains(where: self.holdsTemplate)
        case .object(let members): members.contains { $0.name != "Labels" && self.holdsTemplate($0.value) }
        case .null, .bool, .number: false
        }
    }

    private static func holdsBraces(_ text: String) -> Bool {
        let brace = UInt8(ascii: "{")
        return zip(text.utf8, text.utf8.dropFirst()).contains { $0 == brace && $1 == brace }
    }

    /// As `SecurityOpt` would have them.
    private static func options(_ privileges: JSONNode?) -> [String] {
        var options: [String] = []
        switch privileges["Seccomp"]["Mode"]?.text {
        case "unconfined": options.append("seccomp=unconfined")
        case "custom":
            let profile = privileges["Seccomp"]["Profile"]?.text ?? ""
            options.append("seccomp=" + String(decoding: Base64.decoded(profile), as: UTF8.self))
        default: break
        }
        if privileges["AppArmor"]["Mode"]?.text == "disabled" { options.append("apparmor=unconfined") }
        let context = privileges["SELinuxContext"]
        if context["Disable"]?.bool == true { options.append("label=disable") }
        if let type = context["Type"]?.text, !type.isEmpty { options.append("label=type:\(type)") }
        if privileges["NoNewPrivileges"]?.bool == true { options.append("no-new-privileges") }
        return options
    }

    private static func ports(_ endpoint: JSONNode?) -> [JSONNode.Member] {
        (endpoint["Ports"]?.elements ?? []).compactMap { port in
            guard let target = port["TargetPort"]?.number.flatMap({ Int(exactly: $0) }) else { return nil }
            let published = port["PublishedPort"]?.number.flatMap { Int(exactly: $0) } ?? 0
            return .init(
                "\(target)/\(port["Protocol"]?.text ?? "tcp")",
                .array([.object([.init("HostPort", .text("\(published)"))])])
            )
        }
    }
}

extension InspectDocument {
    /// What each task of a swarm's service may do.
    ///
    /// - Parameter service: as `GET /services` and `docker service inspect` have it.
    /// - Returns: `nil` for what is not a service.
    package init?(service: JSONNode) {
        guard let spec = service["Spec"], spec["TaskTemplate"] != nil else { return nil }
        self = ServiceRequest.document(spec, of: service)
    }
}

/// RFC 4648, the usual alphabet. What does not belong to it is skipped.
private enum Base64 {
    static func decoded(_ text: String) -> [UInt8] {
        var (bits, count) = (UInt32(0), 0)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count / 4 * 3)
        for character in text.utf8 {
            guard let value = self.value(character) else { continue }
            bits = bits << 6 | UInt32(value)
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        return bytes
    }

    private static func value(_ character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): character - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"), UInt8(ascii: "-"): 62
        case UInt8(ascii: "/"), UInt8(ascii: "_"): 63
        default: nil
        }
    }
}

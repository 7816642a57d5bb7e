/// The body of `POST /containers/create`, read as an engine reads it and brought into the form of an inspect document.
///
/// An engine takes member names in any case, and of a name that comes twice the last one or a mixture; a body that plays
/// with this would be read differently here and there, so it is refused.
package struct CreateRequest: Sendable {
    /// One; two when the body also has settings of the host where engines before 23 took them: beside `HostConfig`.
    package let documents: [InspectDocument]
    /// Volumes that the request makes with options of its own.
    package let volumes: [VolumeDocument]

    /// Why a body cannot be looked at.
    package enum Fault: Error, Equatable, CustomStringConvertible {
        case unreadable(String)
        /// A member comes twice.
        case repeated(String)

        package var description: String {
            switch self {
            case .unreadable(let reason): "the body cannot be read: \(reason)"
            case .repeated(let name): "the body names \(name) twice"
            }
        }
    }

    /// - Parameter name: how the container is to be called.
    package init(_ body: [UInt8], name: String) throws(Fault) {
        let parsed: JSONNode
        do throws(JSONFault) {
            parsed = try JSONNode(parsing: body)
        } catch {
            throw Fault.unreadable("\(error)")
        }
        guard parsed.isObject else { throw Fault.unreadable("it is \(parsed.kind), not an object") }
        let root = try EngineNames.spelled(parsed)
        let networks = root["NetworkingConfig"]["EndpointsConfig"] ?? .null
        let top = root.members.filter { EngineNames.ofHost.contains($0.name) }
        let hosts = [root["HostConfig"] ?? .object([])] + (top.isEmpty ? [] : [.object(top)])
        self.documents = hosts.map { host in
            InspectDocument(
                .object([
                    .init("Name", .text(name.isEmpty ? "(new)" : name)), .init("Config", root),
                    .init("HostConfig", host),
                    .init("NetworkSettings", .object([.init("Networks", networks)])),
                ])
            )
        }
        self.volumes = hosts.flatMap { $0["Mounts"]?.elements ?? [] }.compactMap { mount in
            guard let driver = mount["VolumeOptions"]["DriverConfig"] else { return nil }
            return VolumeDocument(
                .object([
                    .init("Name", mount["Source"] ?? .text("")),
                    .init("Driver", driver["Name"].flatMap { $0 == .text("") ? nil : $0 } ?? .text("local")),
                    .init("Options", driver["Options"] ?? .object([])),
                ])
            )
        }
    }
}

extension Audit {
    /// What there is to say about a container that is to be created. What only an engine knows is not asked for.
    package func findings(in request: CreateRequest) -> [Finding] {
        let all = request.documents.flatMap { self.findings(in: $0, volumes: request.volumes) }
        return all.inOrder()
    }
}

/// The names by which an engine knows the members of a request, in whatever case they come.
enum EngineNames {
    /// Those that rules look at and that belong to `HostConfig`.
    static let ofHost: Set = [
        "Binds", "CapAdd", "CapDrop", "CgroupParent", "CgroupnsMode", "CpuQuota", "CpuShares", "DeviceCgroupRules",
        "Devices", "GroupAdd", "IpcMode", "MaskedPaths", "Memory", "Mounts", "NanoCpus", "NetworkMode", "PidMode",
        "PidsLimit", "PortBindings", "Privileged", "ReadonlyRootfs", "RestartPolicy", "SecurityOpt", "Sysctls",
        "UTSMode", "UsernsMode",
    ]

    private static let others: Set = [
        "BindOptions", "Cmd", "DriverConfig", "EndpointsConfig", "Entrypoint", "Env", "ExposedPorts", "Healthcheck",
        "HostConfig", "HostIp", "HostPort", "Image", "Labels", "MaximumRetryCount", "Name", "NetworkingConfig",
        "Options", "PathOnHost", "Propagation", "ReadOnly", "Source", "Target", "Test", "Type", "User", "VolumeOptions",
    ]

    /// Whose members are names of the user's, not the engine's.
    private static let maps: Set = ["EndpointsConfig", "ExposedPorts", "Labels", "Options", "PortBindings", "Sysctls"]

    private static let byFoldedName = Dictionary(
        uniqueKeysWithValues: ofHost.union(others).map { (folded($0), $0) }
    )

    /// Goes down the tree and writes every name as the engine spells it.
    static func spelled(_ node: JSONNode) throws(CreateRequest.Fault) -> JSONNode {
        switch node {
        case .object(let members): return try self.object(members)
        case .array(let elements):
            var result: [JSONNode] = []
            for element in elements { result.append(try self.spelled(element)) }
            return .array(result)
        case .null, .bool, .number, .text: return node
        }
    }

    private static func object(_ members: [JSONNode.Member]) throws(CreateRequest.Fault) -> JSONNode {
        var result: [JSONNode.Member] = []
        var seen: Set<String> = []
        for member in members {
            guard let name = self.byFoldedName[self.folded(member.name)] else {
                result.append(member)
                continue
            }
            guard seen.insert(name).inserted else { throw .repeated(name) }
            result.append(.init(name, try self.value(member.value, of: name)))
        }
        return .object(result)
    }

    private static func value(_ value: JSONNode, of name: String) throws(CreateRequest.Fault) -> JSONNode {
        if self.maps.contains(name) {
            var members: [JSONNode.Member] = []
            for member in value.members { members.append(.init(member.name, try self.spelled(member.value))) }
            return value.isObject ? .object(members) : value
        }
        // The engine takes one capability for a list of one.
        if name == "CapAdd", case .text = value { return .array([value]) }
        return try self.spelled(value)
    }

    /// As Go's JSON reader compares names: by simple case folding, to which two letters outside ASCII belong.
    private static func folded(_ name: String) -> String {
        String(
            String.UnicodeScalarView(
                name.unicodeScalars.map { scalar in
                    switch scalar {
                    case "\u{17F}": "s"
                    case "\u{212A}": "k"
                    case "A"..."Z": Unicode.Scalar(UInt8(ascii: scalar) | 0x20)
                    default: scalar
                    }
                }
            )
        )
    }
}

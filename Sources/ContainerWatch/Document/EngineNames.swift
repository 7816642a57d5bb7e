import Base

/// The names by which an engine knows the members of a request, in whatever case they come.
enum EngineNames {
    /// Those that rules look at and that belong to `HostConfig`.
    static let ofHost: Set = [
        "Binds", "CapAdd", "CapDrop", "CgroupParent", "CgroupnsMode", "CpuQuota", "CpuShares", "DeviceCgroupRules",
        "DeviceRequests", "Devices", "ExtraHosts", "GroupAdd", "IpcMode", "LogConfig", "MaskedPaths", "Memory",
        "Mounts",
        "NanoCpus",
        "NetworkMode", "PidMode",
        "PidsLimit", "PortBindings", "Privileged", "PublishAllPorts", "ReadonlyPaths", "ReadonlyRootfs",
        "RestartPolicy", "SecurityOpt", "Sysctls",
        "UTSMode", "Ulimits", "UsernsMode", "VolumesFrom",
    ]

    private static let others: Set = [
        "BindOptions", "Capabilities", "Cmd", "Config", "DeviceIDs", "Driver", "DriverConfig", "EndpointsConfig",
        "Entrypoint",
        "Env",
        "ExposedPorts", "Hard", "Healthcheck", "HostConfig", "HostIp", "HostPort", "Image", "Labels",
        "MaximumRetryCount",
        "Name", "NetworkingConfig", "Options", "PathOnHost", "Propagation", "ReadOnly", "ReadOnlyNonRecursive",
        "Source",
        "Target", "Test", "Type", "User", "VolumeOptions",
    ]
    /// Of the requests that make volumes, services and processes.
    private static let ofOtherRequests: Set = [
        "AppArmor", "CapabilityAdd", "CapabilityDrop", "ContainerSpec", "Disable", "DriverOpts", "EndpointSpec", "Mode",
        "NoNewPrivileges", "PluginSpec", "Ports", "Privileges", "Profile", "Protocol", "PublishedPort",
        "SELinuxContext",
        "Seccomp", "TargetPort", "TaskTemplate",
    ]

    /// Whose members are names of the user's, not the engine's.
    private static let maps: Set = [
        "Config", "DriverOpts", "EndpointsConfig", "ExposedPorts", "Labels", "Options", "PortBindings", "Sysctls",
    ]

    /// In bytes. The longest name has 18 letters, of which some have up to 3 bytes before they are folded.
    private static let longestName = 64
    private static let byFoldedName = Dictionary(
        uniqueKeysWithValues: ofHost.union(others).union(ofOtherRequests).union(["Networks"]).map {
            ($0.foldedName, $0)
        }
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
            // What no rule looks at is left out, so that a lookup never goes through more members than there are names.
            guard member.name.utf8.count <= self.longestName, let name = self.byFoldedName[member.name.foldedName]
            else { continue }
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
}

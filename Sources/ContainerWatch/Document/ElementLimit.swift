import Base

/// How many entries of a list are judged. What stands behind them is cut off before a rule sees the document, so that the
/// work of a rule has a bound whatever the document holds. The document says which lists were cut.
enum ElementLimit {
    /// Ports of a container, in each of the three places that tell them: every port of one transport. Media servers publish
    /// ten thousand.
    static let ports = 65_536
    /// Binds, mounts, devices, capabilities, variables and the rest. Containers have tens.
    static let others = 4_096

    private static let portLists: Set = ["ExposedPorts", "PortBindings", "Ports"]
    /// What stands below each port. The name is ours: an engine names those lists after the port.
    private static let bindings = "bindings of a port"
    /// The lists that rules go through, wherever they stand.
    static let otherLists: Set = [
        "Args", "Binds", "CapAdd", "CapDrop", "Cmd", "DeviceCgroupRules", "DeviceIDs", "DeviceRequests", "Devices",
        "Entrypoint",
        "Env", "ExtraHosts", "GroupAdd", "MaskedPaths", "Mounts", "Networks", "ReadonlyPaths", "SecurityOpt", "Sysctls",
        "Ulimits",
        "VolumesFrom", bindings,
    ]

    /// `nil` for what no rule goes through.
    static func limit(of list: String) -> Int? {
        self.portLists.contains(list) ? self.ports : self.otherLists.contains(list) ? self.others : nil
    }

    /// - Returns: the document with no list longer than its limit, and the names of those that were.
    static func applied(to root: JSONNode) -> (root: JSONNode, cut: [String]) {
        guard self.isExceeded(in: root, "") else { return (root, []) }
        var names: Set<String> = []
        let result = self.cut(root, "", &names)
        return (result, names.sorted())
    }

    private static func isExceeded(in node: JSONNode, _ name: String) -> Bool {
        switch node {
        case .array(let elements):
            elements.count > self.limit(of: name) ?? .max || elements.contains { self.isExceeded(in: $0, "") }
        case .object(let members):
            members.count > self.limit(of: name) ?? .max
                || members.contains { self.isExceeded(in: $0.value, self.name(of: $0, in: name)) }
        case .null, .bool, .number, .text: false
        }
    }

    private static func cut(_ node: JSONNode, _ name: String, _ names: inout Set<String>) -> JSONNode {
        let limit = self.limit(of: name) ?? .max
        switch node {
        case .array(let elements):
            if elements.count > limit { names.insert(name) }
            return .array(elements.prefix(limit).map { self.cut($0, "", &names) })
        case .object(let members):
            if members.count > limit { names.insert(name) }
            return .object(
                members.prefix(limit).map { member in
                    JSONNode.Member(member.name, self.cut(member.value, self.name(of: member, in: name), &names))
                }
            )
        case .null, .bool, .number, .text: return node
        }
    }

    private static func name(of member: JSONNode.Member, in list: String) -> String {
        self.portLists.contains(list) ? self.bindings : member.name
    }
}

package import Base

/// Whom a container runs as: `Config.User`, or the user of an exec.
struct ContainerUser: Sendable, Equatable {
    /// As found.
    let text: String

    /// The engine takes an empty user for root.
    var isRoot: Bool { self.parts.user.isEmpty || Self.isRoot(self.parts.user) }
    var hasRootGroup: Bool { self.parts.group.map(Self.isRoot) ?? false }

    private var parts: (user: String, group: String?) {
        let parts = self.text.trimmingSpace.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        return (String(parts[0].trimmingSpace), parts.count > 1 ? String(parts[1].trimmingSpace) : nil)
    }

    /// `root`, or a decimal number equal to 0 however it is written: `00`, `+0` and `-0` too.
    static func isRoot(_ name: String) -> Bool {
        if name == "root" { return true }
        let isSigned = name.utf8.first == UInt8(ascii: "+") || name.utf8.first == UInt8(ascii: "-")
        let digits = name.utf8.dropFirst(isSigned ? 1 : 0)
        return !digits.isEmpty && digits.allSatisfy { $0 == UInt8(ascii: "0") }
    }
}

/// What `GET /exec/{id}/json` says about a process that was started in a running container.
package struct ExecDocument: Sendable {
    let isPrivileged: Bool
    let user: ContainerUser

    package init(_ root: JSONNode) {
        let process = root["ProcessConfig"]
        self.isPrivileged = process["privileged"]?.bool == true
        self.user = ContainerUser(text: process["user"]?.text ?? "")
    }

    init(isPrivileged: Bool, user: String) {
        self.isPrivileged = isPrivileged
        self.user = ContainerUser(text: user)
    }
}

import Base

/// A seccomp profile that a container brings along: what the engine reads from the text of a JSON object.
struct SeccompProfile: Sendable {
    /// Why it lets the container make nearly every call, one sentence; `nil` for a profile that filters.
    let weakness: String?

    /// Values of a profile that are read. The engine's own has some 600.
    private static let mostValues = 64 << 10

    /// What a profile does with a call, in lower case: these let it happen.
    private static let allowing: Set = ["scmp_act_allow", "scmp_act_log", "scmp_act_trace"]

    /// Calls that the profiles of Docker and of Podman both refuse to a container without further capabilities.
    private static let refused: Set = [
        "acct", "bpf", "clock_settime", "delete_module", "fanotify_init", "finit_module", "init_module", "ioperm",
        "iopl", "kexec_file_load", "kexec_load", "lookup_dcookie", "open_by_handle_at", "perf_event_open", "quotactl",
        "settimeofday", "swapoff", "swapon", "userfaultfd", "vhangup",
    ]
    /// More than any one program needs: one that traces others needs three.
    private static let tooMany = refused.count / 2

    /// - Parameters:
    ///   - text: of the option, in lower case. An escape in it may still stand for a capital letter.
    ///   - capabilities: that the container has without asking.
    init(_ text: String, capabilities: Set<String>) {
        // A profile that an engine reads and the agent does not must not pass for a strict one.
        guard let profile = try? JSONNode(parsing: Array(text.utf8), maximumValues: Self.mostValues) else {
            self.weakness = "The seccomp profile cannot be read, so it counts as one that allows every call."
            return
        }
        let action = Self.values("defaultaction", of: profile).compactMap(\.text).last?.lowercased() ?? ""
        if Self.allowing.contains(action) {
            self.weakness = "The seccomp profile allows every call that it does not name (its default is \(action))."
            return
        }
        let count = Self.allowed(by: profile, with: capabilities).count
        let all = Self.refused.count
        self.weakness =
            count < Self.tooMany
            ? nil : "The seccomp profile allows \(count) of \(all) calls that the engine's own profile refuses."
    }

    /// Those of `refused` that some entry allows without a capability that the container lacks.
    private static func allowed(by profile: JSONNode, with capabilities: Set<String>) -> Set<String> {
        var allowed: Set<String> = []
        for entry in self.values("syscalls", of: profile).flatMap(\.elements) {
            let actions = self.values("action", of: entry).compactMap { $0.text?.lowercased() }
            guard actions.contains(where: self.allowing.contains) else { continue }
            let conditions = self.values("includes", of: entry).flatMap { self.values("caps", of: $0) }
            let needed = conditions.flatMap(\.texts).map(Capability.normalised)
            guard needed.allSatisfy(capabilities.contains) else { continue }
            // Old profiles have an entry for each call.
            let names = self.values("names", of: entry).flatMap(\.texts)
            let single = self.values("name", of: entry).compactMap(\.text)
            for name in names + single where self.refused.contains(name) { allowed.insert(name) }
        }
        return allowed
    }

    /// All values under a name, which engines take in any case.
    private static func values(_ name: String, of node: JSONNode) -> [JSONNode] {
        node.members.filter { EngineNames.folded($0.name) == name }.map(\.value)
    }
}

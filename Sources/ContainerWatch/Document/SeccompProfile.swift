import Base

/// A seccomp profile that a container brings along: what the engine reads from the text of a JSON object.
struct SeccompProfile: Sendable {
    /// Why it lets the container make nearly every call, one sentence; `nil` for a profile that filters.
    let weakness: String?

    /// Values of a profile that are read. The engine's own has some 600.
    private static let mostValues = 64 << 10

    /// What a profile does with a call, in lower case: these let it happen.
    private static let allowing: Set = ["scmp_act_allow", "scmp_act_log", "scmp_act_trace"]

    /// Calls that the profiles of Docker and of Podman both refuse to a container without further capabilities, each with those
    /// by which the engine's own profile allows it all the same.
    private static let refused: [String: Set<String>] = [
        "acct": ["SYS_PACCT"], "bpf": ["BPF", "SYS_ADMIN"], "clock_settime": ["SYS_TIME"],
        "delete_module": ["SYS_MODULE"], "fanotify_init": ["SYS_ADMIN"], "finit_module": ["SYS_MODULE"],
        "init_module": ["SYS_MODULE"], "ioperm": ["SYS_RAWIO"], "iopl": ["SYS_RAWIO"], "kexec_file_load": [],
        "kexec_load": [], "lookup_dcookie": ["SYS_ADMIN"], "open_by_handle_at": ["DAC_READ_SEARCH"],
        "perf_event_open": ["PERFMON", "SYS_ADMIN"], "quotactl": ["SYS_ADMIN"], "settimeofday": ["SYS_TIME"],
        "swapoff": [], "swapon": [], "userfaultfd": [], "vhangup": ["SYS_TTY_CONFIG"],
    ]
    /// More than any one program needs: one that traces others needs three.
    private static let tooMany = refused.count / 2

    /// - Parameters:
    ///   - text: of the option, in lower case. An escape in it may still stand for a capital letter.
    ///   - capabilities: that the container has, by default and added.
    init(_ text: String, capabilities: Set<String>) {
        // A profile that an engine reads and the agent does not must not pass for a strict one.
        guard let profile = try? JSONNode(parsing: Array(text.utf8), maximumValues: Self.mostValues) else {
            self.weakness = "The seccomp profile cannot be read, so it counts as one that allows every call."
            return
        }
        if let name = Self.repeated(in: profile) {
            self.weakness = "The seccomp profile names '\(name)' twice, so it counts as one that allows every call."
            return
        }
        let action = Self.value("defaultaction", of: profile)?.text?.lowercased() ?? ""
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

    /// Those of `refused` that some entry allows without a capability that the container lacks, and that the engine's own profile
    /// would not allow it.
    private static func allowed(by profile: JSONNode, with capabilities: Set<String>) -> Set<String> {
        var allowed: Set<String> = []
        for entry in self.value("syscalls", of: profile)?.elements ?? [] {
            guard let action = self.value("action", of: entry)?.text?.lowercased(), self.allowing.contains(action)
            else { continue }
            let condition = self.value("includes", of: entry).flatMap { self.value("caps", of: $0) }
            let needed = (condition?.texts ?? []).map(Capability.normalised)
            guard needed.allSatisfy(capabilities.contains) else { continue }
            // Old profiles have an entry for each call.
            let single = self.value("name", of: entry)?.text
            for name in (self.value("names", of: entry)?.texts ?? []) + [single].compactMap(\.self) {
                if self.refused[name]?.isDisjoint(with: capabilities) ?? false { allowed.insert(name) }
            }
        }
        return allowed
    }

    /// The value under a name, which engines take in any case.
    private static func value(_ name: String, of node: JSONNode) -> JSONNode? {
        node.members.first { $0.name.foldedName == name }?.value
    }

    /// A name that an object has twice, in whatever case. An engine takes the last value, or a mixture of both: a condition that
    /// is read here may not be one there.
    private static func repeated(in node: JSONNode) -> String? {
        switch node {
        case .array(let elements):
            for element in elements {
                if let name = self.repeated(in: element) { return name }
            }
        case .object(let members):
            var seen: Set<String> = []
            for member in members {
                let name = member.name.foldedName
                guard seen.insert(name).inserted else { return Printable.short(name, bytes: 64) }
                if let name = self.repeated(in: member.value) { return name }
            }
        case .null, .bool, .number, .text: break
        }
        return nil
    }
}

import Glibc

/// The processes of this PID namespace and how they belong together, as /proc shows them at one moment.
struct ProcessTable {
    struct Entry: Equatable {
        var parent: pid_t
        /// The process group.
        var group: pid_t
        /// Has ended, and its parent has not asked for its status yet.
        var isZombie: Bool
    }

    private(set) var entries: [pid_t: Entry] = [:]

    init(_ entries: [pid_t: Entry]) {
        self.entries = entries
    }

    /// Empty without /proc.
    static func read() -> ProcessTable {
        guard let folder = opendir("/proc") else { return ProcessTable([:]) }
        defer { closedir(folder) }
        var entries: [pid_t: Entry] = [:]
        while let item = readdir(folder) {
            let name = withUnsafePointer(to: &item.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard let pid = pid_t(name), let line = self.contents(of: "/proc/\(pid)/stat", limit: 4096) else {
                continue
            }
            entries[pid] = Entry(statLine: line)
        }
        return ProcessTable(entries)
    }

    /// Everything that `ancestor` has started, and what that has started, without those that have ended.
    func descendants(of ancestor: pid_t) -> Set<pid_t> {
        var children: [pid_t: [pid_t]] = [:]
        for (pid, entry) in self.entries { children[entry.parent, default: []].append(pid) }
        var found: Set<pid_t> = []
        var queue = children[ancestor, default: []]
        while let pid = queue.popLast() {
            guard pid != ancestor, found.insert(pid).inserted else { continue }
            queue += children[pid, default: []]
        }
        return found.filter { self.entries[$0]?.isZombie == false }
    }

    /// Without those that have ended.
    func members(of group: pid_t) -> Set<pid_t> {
        Set(self.entries.filter { $0.value.group == group && !$0.value.isZombie }.keys)
    }

    func zombies(of parent: pid_t) -> [pid_t] {
        self.entries.filter { $0.value.parent == parent && $0.value.isZombie }.map(\.key)
    }

    /// Whether the process was started with this `NAME=value`; no where that may not be read.
    ///
    /// - Parameter contents: of a file.
    /// - Returns: `nil` for a process that is replacing its program: until the kernel has laid out the new one, its environment
    ///   reads as empty, although it has one.
    static func hasVariable(
        _ variable: String,
        _ pid: pid_t,
        contents: (String) -> [UInt8]? = { ProcessTable.contents(of: $0, limit: 1 << 20) }
    ) -> Bool? {
        let wanted = Array(variable.utf8)
        // A second time, because the new program may have its environment between two readings.
        for _ in 0..<2 {
            guard let environment = contents("/proc/\(pid)/environ") else { return false }
            guard environment.isEmpty else {
                return environment.split(separator: 0).contains { $0.elementsEqual(wanted) }
            }
            guard let line = contents("/proc/\(pid)/stat") else { return false }
            if self.isReplacingItsProgram(statLine: line) { return nil }
        }
        return false
    }

    /// Field 51 of proc_pid_stat(5), since Linux 3.5, is where the environment ends in the memory of the process: 0 before the
    /// program is laid out. A zombie has no memory, and nothing to wait for.
    private static func isReplacingItsProgram(statLine: [UInt8]) -> Bool {
        // The first of these is field 3.
        guard let fields = Entry.fields(statLine: statLine), fields.count > 48 else { return false }
        return fields[48] == "0" && !Entry.isZombie(fields[0])
    }

    private static func contents(of path: String, limit: Int) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4096)
        while bytes.count < limit {
            let count = Glibc.read(file, &piece, piece.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            bytes += piece[..<count]
        }
        return bytes
    }
}

extension ProcessTable.Entry {
    /// - Parameter statLine: `PID (NAME) STATE PARENT GROUP …`.
    init?(statLine: [UInt8]) {
        guard let fields = Self.fields(statLine: statLine), fields.count > 2, let parent = pid_t(fields[1]),
            let group = pid_t(fields[2])
        else { return nil }
        self.init(parent: parent, group: group, isZombie: Self.isZombie(fields[0]))
    }

    /// - Parameter state: field 3.
    fileprivate static func isZombie(_ state: Substring) -> Bool { state == "Z" || state == "X" }

    /// Those behind the name, which may hold spaces and parentheses.
    fileprivate static func fields(statLine: [UInt8]) -> [Substring]? {
        guard let end = statLine.lastIndex(of: UInt8(ascii: ")")) else { return nil }
        return String(decoding: statLine[(end + 1)...], as: UTF8.self).split(separator: " ")
    }
}

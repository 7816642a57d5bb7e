import Base
import Glibc
import NIOCore

/// The processes of this host, as far as they are visible from here.
///
/// An agent in a container of its own does not see those of others, unless it shares the host's process ids.
struct HostProcesses: Sendable {
    /// Whether the process `id` belongs to the container with the engine's full id.
    var isVisible: @Sendable (_ id: Int32, _ container: String) -> Bool
    /// Sends a signal to the process and the group it leads. `false` when that is not allowed.
    var signal: @Sendable (_ id: Int32, _ number: Int32) -> Bool

    /// What a process is given to end after its terminal was closed, and again after SIGKILL.
    var grace = TimeAmount.seconds(1)

    static let real = HostProcesses(isVisible: { Self.isInCgroup($0, $1) }, signal: { Self.signalGroup($0, $1) })

    /// An engine names a container's control groups after it, with every driver. A process id alone would be a guess:
    /// seen from another namespace the same number is another process.
    private static func isInCgroup(_ id: Int32, _ container: String) -> Bool {
        guard let file = fopen("/proc/\(id)/cgroup", "re") else { return false }
        defer { fclose(file) }
        var text = [UInt8](repeating: 0, count: 16 * 1024)
        let count = fread(&text, 1, text.count, file)
        return self.isNamed(container, in: String(decoding: text.prefix(count), as: UTF8.self))
    }

    /// An engine elsewhere may say anything: only a full id is looked for, which no path holds by chance.
    static func isNamed(_ container: String, in controlGroups: String) -> Bool {
        guard container.utf8.count == 64, container.utf8.allSatisfy({ $0.hexDigit != nil }) else { return false }
        return controlGroups.contains(container)
    }

    private static func signalGroup(_ id: Int32, _ number: Int32) -> Bool {
        // An exec's process leads a group of its own; what it started belongs to it.
        let target = getpgid(id) == id ? -id : id
        return kill(target, number) == 0 || errno == ESRCH
    }
}

import Base
import Glibc

/// Looks at the engine's socket file before the first connection to it.
enum SocketCheck {
    /// What the file system and the kernel say about a socket.
    struct Facts {
        var exists = true
        var isSocket = true
        var owner = "root"
        var group = "docker"
        var groupID: UInt32 = 0
        var mode: UInt32 = 0o660
        /// `errno` of a connection attempt; 0 when it worked.
        var connectError: CInt = 0
        var isInContainer = false
        var user: UInt32 = 0
    }

    static func check(_ path: String) -> Check { self.judge(self.facts(path), path: path) }

    static func judge(_ facts: Facts, path: String) -> Check {
        let name = "docker socket"
        guard facts.exists else {
            return .bad(
                name,
                "\(path) does not exist; is the engine installed and running"
                    + (facts.isInContainer ? ", and is the socket mounted with -v \(path):\(path)?" : "?")
            )
        }
        guard facts.isSocket else {
            return .bad(
                name,
                "\(path) is no socket; a mount whose source was missing makes a folder of it: remove that, start the "
                    + "engine and create the container again"
            )
        }
        let mode = "0" + String(facts.mode & 0o777, radix: 8)
        let owner = "owner \(facts.owner), group \(facts.group) (\(facts.groupID)), mode \(mode)"
        switch facts.connectError {
        case 0: return .good(name, "\(path) answers; \(owner)")
        case EACCES, EPERM:
            let remedy =
                facts.isInContainer
                ? "start the container with --group-add \(facts.groupID)"
                : "add the agent's user to the group \(facts.group)"
            return .bad(name, "user \(facts.user) may not open \(path) (\(owner)); \(remedy)")
        case ECONNREFUSED:
            return .bad(
                name,
                "nobody listens at \(path) (\(owner)): "
                    + (facts.isInContainer
                        ? "the engine was restarted after this container was created and its socket is a new file; "
                            + "restart the container, or mount the socket's folder instead of the file"
                        : "the file is left over from an engine that is gone; start the engine")
            )
        default: return .bad(name, "\(path) cannot be opened; the system says: \(SystemFault(facts.connectError))")
        }
    }

    static var isInContainer: Bool {
        access("/.dockerenv", F_OK) == 0 || access("/run/.containerenv", F_OK) == 0
    }

    private static func facts(_ path: String) -> Facts {
        var facts = Facts()
        facts.user = geteuid()
        facts.isInContainer = self.isInContainer
        var status = stat()
        guard stat(path, &status) == 0 else {
            facts.exists = errno == EACCES
            facts.connectError = errno
            return facts
        }
        facts.isSocket = status.st_mode & S_IFMT == S_IFSOCK
        facts.mode = status.st_mode
        facts.groupID = status.st_gid
        facts.owner = getpwuid(status.st_uid).map { String(cString: $0.pointee.pw_name) } ?? "\(status.st_uid)"
        facts.group = getgrgid(status.st_gid).map { String(cString: $0.pointee.gr_name) } ?? "\(status.st_gid)"
        facts.connectError = self.connect(path)
        return facts
    }

    private static func connect(_ path: String) -> CInt {
        let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return errno }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        return result == 0 ? 0 : errno
    }
}

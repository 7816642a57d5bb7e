import Glibc
import NIOCore
import NIOPosix

/// Binds a socket file that only the agent's own user may open, from its first moment.
///
/// The mode is set on the socket before it has a name: Linux gives the file the socket's mode. The usual ways are
/// worse: a chmod after the bind comes late, and the umask belongs to the whole process, so that two listeners that
/// borrow it at the same time leave it changed for good.
enum PrivateSocket {
    private static let mode: mode_t = 0o600

    /// Listens at `path`. A socket file that an earlier run left there is removed, anything else is not.
    ///
    /// - Throws: `IOError` with what the kernel says, above all that the path is taken or its folder is missing.
    static func bind(_ bootstrap: ServerBootstrap, to path: String) async throws -> any Channel {
        let descriptor = try self.open(path)
        // From here on the descriptor is the bootstrap's, which closes it where it fails.
        return try await bootstrap.withBoundSocket(descriptor).get()
    }

    private static func open(_ path: String) throws -> CInt {
        let address = try SocketAddress(unixDomainSocketPath: path)
        let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw IOError(errnoCode: errno, reason: "socket") }
        do {
            guard fchmod(descriptor, Self.mode) == 0 else { throw IOError(errnoCode: errno, reason: "fchmod") }
            try self.removeSocket(at: path)
            try address.withSockAddr { address, size in
                guard Glibc.bind(descriptor, address, socklen_t(size)) == 0 else {
                    throw IOError(errnoCode: errno, reason: "bind \(path)")
                }
            }
        } catch {
            close(descriptor)
            throw error
        }
        return descriptor
    }

    private static func removeSocket(at path: String) throws {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { return }
        guard unlink(path) == 0 else { throw IOError(errnoCode: errno, reason: "unlink \(path)") }
    }
}

import Base
import Glibc
import NIOCore
import NIOPosix
import NIOSSL

/// Says in words why no TCP connection came about, or why one ended.
enum ConnectFailure {
    /// - Parameter isProxy: whether it was to lead to a proxy rather than to the controller.
    static func text(_ error: any Error, host: String, isProxy: Bool) -> String {
        Self.text(error, host: host, peer: isProxy ? "proxy" : "controller")
    }

    /// Of a connection that had come about.
    ///
    /// - Parameter peer: with its article, as in "the proxy http://proxy:3128".
    static func broken(_ error: any Error, _ peer: String) -> String {
        if error.isHangUp { return "\(peer) closed the connection" }
        switch error {
        case let error as IOError where error.errnoCode == ETIMEDOUT:
            return "\(peer) stopped answering; the network between may be down"
        case let error as IOError:
            return "the connection to \(peer) broke; the system says: \(SystemFault(error.errnoCode))"
        case is ChannelError: return "the connection to \(peer) had ended"
        case NIOSSLError.uncleanShutdown: return "\(peer) closed the connection without ending TLS"
        case is CancellationError: return "the connection to \(peer) was given up"
        default: return "the connection to \(peer) broke; the library says: \(TLSFault.detail(error))"
        }
    }

    private static func text(_ error: any Error, host: String, peer: String) -> String {
        switch error {
        case let error as NIOConnectionError:
            guard let attempt = error.connectionErrors.first else { return "the name \(host) cannot be resolved" }
            let reason = Self.text(attempt.error, host: host, peer: peer)
            return "\(host) at \(attempt.target.ipAddress ?? host) port \(error.port): \(reason)"
        case let error as IOError: return Self.text(error.errnoCode, peer)
        case ChannelError.connectTimeout: return Self.text(ETIMEDOUT, peer)
        case is ChannelError: return "the connection ended at once"
        case is CancellationError: return "given up"
        default: return "no connection came about; the library says: \(error)"
        }
    }

    private static func text(_ code: CInt, _ peer: String) -> String {
        switch code {
        case ECONNREFUSED: "connection refused; is the \(peer) running, and is the port right?"
        case ETIMEDOUT: "no answer; a firewall may drop the packets"
        case EHOSTUNREACH, ENETUNREACH: "no route to it"
        case EHOSTDOWN, ENETDOWN: "the network is down"
        case ECONNRESET, EPIPE: "the \(peer) closed the connection at once"
        case EACCES, EPERM: "this host forbids the connection; look at its firewall, SELinux or AppArmor"
        case EADDRNOTAVAIL: "this host has no address or no free port to connect from"
        case EAFNOSUPPORT: "this host does not speak that address's family (IPv4 or IPv6)"
        case EMFILE, ENFILE: "no file descriptor is left; raise the limit (LimitNOFILE, `ulimit -n`)"
        case ENOBUFS, ENOMEM: "this host has no memory left for a connection"
        case EINVAL: "the address cannot be connected to; a link-local one needs its interface, as in [fe80::1%25eth0]"
        default: "the connection failed; the system says: \(SystemFault(code))"
        }
    }
}

extension Error {
    /// Whether the other end closed the connection. With bytes of ours still unread there, that arrives as a reset.
    var isHangUp: Bool {
        (self as? IOError).map { [ECONNRESET, EPIPE].contains($0.errnoCode) } ?? false
    }
}

import Foundation
import Glibc

/// A blocking stream socket. What goes wrong ends the benchmark: half a measurement is none.
final class Socket: @unchecked Sendable {
    let descriptor: CInt

    init(_ descriptor: CInt, _ what: String) {
        guard descriptor >= 0 else { fail("\(what): \(String(cString: strerror(errno)))") }
        self.descriptor = descriptor
    }

    deinit {
        Glibc.close(self.descriptor)
    }

    static func listening(at path: String) -> Socket {
        let socket = Socket(Glibc.socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0), "socket")
        self.withAddress(path) { check(bind(socket.descriptor, $0, $1), "bind") }
        check(listen(socket.descriptor, 512), "listen")
        return socket
    }

    static func connected(to path: String) -> Socket {
        let socket = Socket(Glibc.socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0), "socket")
        self.withAddress(path) { check(connect(socket.descriptor, $0, $1), "connect") }
        return socket
    }

    /// On a free port of the loopback address.
    static func listening() -> (socket: Socket, port: Int) {
        let socket = Socket(Glibc.socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0), "socket")
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutableBytes(of: &address) { bytes in
            let pointer = bytes.baseAddress!.assumingMemoryBound(to: sockaddr.self)
            check(bind(socket.descriptor, pointer, length), "bind")
            check(listen(socket.descriptor, 16), "listen")
            check(getsockname(socket.descriptor, pointer, &length), "getsockname")
        }
        return (socket, Int(UInt16(bigEndian: address.sin_port)))
    }

    func accept() -> Socket {
        Socket(Glibc.accept(self.descriptor, nil, nil), "accept")
    }

    func setNoDelay() {
        var on: CInt = 1
        check(setsockopt(self.descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, &on, 4), "TCP_NODELAY")
    }

    /// Bytes read, 0 at the end; a reset counts as the end.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        while true {
            let count = Glibc.read(self.descriptor, buffer.baseAddress, buffer.count)
            if count >= 0 { return count }
            if errno != EINTR { return 0 }
        }
    }

    /// Returns whether the peer took everything.
    @discardableResult
    func write(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var rest = bytes
        while !rest.isEmpty {
            let count = send(self.descriptor, rest.baseAddress, rest.count, CInt(MSG_NOSIGNAL))
            if count < 0 {
                if errno == EINTR { continue }
                return false
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
        return true
    }

    @discardableResult
    func write(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { self.write(UnsafeRawBufferPointer($0)) }
    }

    /// Ends both directions; a thread that reads is woken.
    func shutDown() {
        shutdown(self.descriptor, CInt(SHUT_RDWR))
    }

    private static func withAddress(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Void) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard path.utf8.count < room else { fail("the path of a socket is too long: \(path)") }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        withUnsafeBytes(of: &address) {
            body($0.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t(MemoryLayout<sockaddr_un>.size))
        }
    }
}

func check(_ result: CInt, _ what: String) {
    if result < 0 { fail("\(what): \(String(cString: strerror(errno)))") }
}

func fail(_ message: String) -> Never {
    note("bench-tunnel: \(message)")
    exit(1)
}

/// Says how far it is; standard output is for the table.
func note(_ message: String) {
    FileHandle.standardError.write(Data("\(message)\n".utf8))
}

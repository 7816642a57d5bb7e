import Glibc
import NIOCore

/// The client's side of SOCKS version 5: greeting, user name and password if asked, CONNECT by name (RFC 1928, 1929).
///
/// A value: bytes in, bytes out.
struct SOCKSHandshake {
    enum Step: Equatable {
        case needsMore
        case send(ByteBuffer)
        case connected
        /// A sentence's end: "the proxy …".
        case refused(String)
    }

    private enum State {
        case greeting
        case authenticating
        case connecting
    }

    private let host: String
    private let port: Int
    private let credentials: Proxy.Credentials?
    private var state = State.greeting

    /// - Parameter host: a name of at most 255 bytes, which the proxy resolves, or an address in its usual spelling.
    init(host: String, port: Int, credentials: Proxy.Credentials?) {
        self.host = host
        self.port = port
        self.credentials = credentials
    }

    /// Version 5, and the ways to authenticate that we know: none, and password when there is one.
    var greeting: ByteBuffer {
        self.credentials == nil ? ByteBuffer(bytes: [5, 1, 0]) : ByteBuffer(bytes: [5, 2, 0, 2])
    }

    mutating func received(_ bytes: inout ByteBuffer) -> Step {
        switch self.state {
        case .greeting: self.readMethod(&bytes)
        case .authenticating: self.readVerdict(&bytes)
        case .connecting: self.readReply(&bytes)
        }
    }

    private mutating func readMethod(_ bytes: inout ByteBuffer) -> Step {
        guard let (version, method) = bytes.readMultipleIntegers(as: (UInt8, UInt8).self) else { return .needsMore }
        guard version == 5 else { return .refused("does not speak SOCKS version 5") }
        switch (method, self.credentials) {
        case (0, _):
            self.state = .connecting
            return .send(self.request)
        case (2, let credentials?):
            self.state = .authenticating
            var message = ByteBuffer(bytes: [1, UInt8(credentials.user.utf8.count)])
            message.writeString(credentials.user)
            message.writeInteger(UInt8(credentials.password.utf8.count))
            message.writeString(credentials.password)
            return .send(message)
        default:
            return .refused("wants a way to authenticate that was not offered; put user:password@ into its URL")
        }
    }

    private mutating func readVerdict(_ bytes: inout ByteBuffer) -> Step {
        guard let (_, status) = bytes.readMultipleIntegers(as: (UInt8, UInt8).self) else { return .needsMore }
        guard status == 0 else { return .refused("refused the user name or password") }
        self.state = .connecting
        return .send(self.request)
    }

    private var request: ByteBuffer {
        var message = ByteBuffer(bytes: [5, 1, 0])
        if let bytes = Self.address(self.host, AF_INET, count: 4) {
            message.writeBytes([1] + bytes)
        } else if let bytes = Self.address(self.host, AF_INET6, count: 16) {
            message.writeBytes([4] + bytes)
        } else {
            message.writeBytes([3, UInt8(self.host.utf8.count)])
            message.writeString(self.host)
        }
        message.writeInteger(UInt16(self.port))
        return message
    }

    private static func address(_ text: String, _ family: CInt, count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        return inet_pton(family, text, &bytes) == 1 ? bytes : nil
    }

    private mutating func readReply(_ bytes: inout ByteBuffer) -> Step {
        let start = bytes.readerIndex
        guard let (_, code, _, kind) = bytes.readMultipleIntegers(as: (UInt8, UInt8, UInt8, UInt8).self) else {
            return .needsMore
        }
        guard code == 0 else { return .refused(Self.reason(code)) }
        let length: Int? =
            switch kind {
            case 1: 4
            case 4: 16
            default: bytes.getInteger(at: bytes.readerIndex, as: UInt8.self).map { Int($0) + 1 }
            }
        guard let length, bytes.readableBytes >= length + 2 else {
            bytes.moveReaderIndex(to: start)
            return .needsMore
        }
        // Where the proxy's own end of the connection is does not matter.
        bytes.moveReaderIndex(forwardBy: length + 2)
        return .connected
    }

    private static func reason(_ code: UInt8) -> String {
        switch code {
        case 2: "does not allow connections to the controller"
        case 3: "finds no route to the controller's network"
        case 4: "cannot reach or resolve the controller's host"
        case 5: "found the controller's port closed"
        case 6: "gave up waiting for the controller"
        default: "could not connect to the controller (SOCKS reply \(code))"
        }
    }
}

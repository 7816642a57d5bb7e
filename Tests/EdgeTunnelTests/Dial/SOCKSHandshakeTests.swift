import NIOCore
import Testing

@testable import EdgeTunnel

@Suite struct SOCKSHandshakeTests {
    private static let credentials = try? Proxy(parsing: "socks5://me:secret@proxy").credentials

    private static func step(_ handshake: inout SOCKSHandshake, _ bytes: [UInt8]) -> SOCKSHandshake.Step {
        var buffer = ByteBuffer(bytes: bytes)
        return handshake.received(&buffer)
    }

    @Test(
        arguments: [
            ("drydock", [3, 7] + Array("drydock".utf8)), ("10.1.2.3", [1, 10, 1, 2, 3]),
            ("fd00::2", [4, 0xfd] + [UInt8](repeating: 0, count: 14) + [2]),
        ] as [(String, [UInt8])]
    )
    func aWayIsAskedForByNameOrAddress(host: String, address: [UInt8]) {
        var handshake = SOCKSHandshake(host: host, port: 443, credentials: nil)
        #expect(handshake.greeting == ByteBuffer(bytes: [5, 1, 0]))
        #expect(Self.step(&handshake, [5, 0]) == .send(ByteBuffer(bytes: [5, 1, 0] + address + [1, 0xbb])))
        #expect(Self.step(&handshake, [5, 0, 0, 1, 0, 0, 0, 0, 0, 0]) == .connected)
    }

    @Test func aPasswordIsShownWhenItIsAskedFor() {
        var handshake = SOCKSHandshake(host: "h", port: 1, credentials: Self.credentials)
        #expect(handshake.greeting == ByteBuffer(bytes: [5, 2, 0, 2]))
        let login: [UInt8] = [1, 2] + Array("me".utf8) + [6] + Array("secret".utf8)
        #expect(Self.step(&handshake, [5, 2]) == .send(ByteBuffer(bytes: login)))
        var refused = handshake
        #expect(Self.step(&refused, [1, 1]) == .refused("refused the user name or password"))
        #expect(Self.step(&handshake, [1, 0]) == .send(ByteBuffer(bytes: [5, 1, 0, 3, 1, 0x68, 0, 1])))
    }

    @Test(arguments: [[4, 0], [5, 0xff], [5, 2]] as [[UInt8]])
    func aProxyThatWantsSomethingElseIsRefused(answer: [UInt8]) {
        var handshake = SOCKSHandshake(host: "h", port: 1, credentials: nil)
        guard case .refused = Self.step(&handshake, answer) else {
            Issue.record("went on")
            return
        }
    }

    @Test(arguments: UInt8(1)...9)
    func everyRefusalHasWords(code: UInt8) {
        var handshake = SOCKSHandshake(host: "h", port: 1, credentials: nil)
        _ = Self.step(&handshake, [5, 0])
        guard case .refused(let why) = Self.step(&handshake, [5, code, 0, 1, 0, 0, 0, 0, 0, 0]) else {
            Issue.record("went on")
            return
        }
        #expect(why.contains("controller"))
    }

    @Test(arguments: [[1, 0, 0, 0, 0], [4] + [UInt8](repeating: 0, count: 16), [3, 2, 0x61, 0x62]] as [[UInt8]])
    func aReplyMayComeByteByByteAndLeavesWhatIsBehindIt(address: [UInt8]) {
        var handshake = SOCKSHandshake(host: "h", port: 1, credentials: nil)
        _ = Self.step(&handshake, [5, 0])
        var buffer = ByteBuffer()
        let reply = [5, 0, 0] + address + [0, 80]
        for byte in reply.dropLast() {
            buffer.writeInteger(byte)
            let step = handshake.received(&buffer)
            #expect(step == .needsMore)
        }
        buffer.writeBytes([reply.last!, 0x21])
        let last = handshake.received(&buffer)
        #expect(last == .connected)
        #expect(buffer == ByteBuffer(bytes: [0x21]))
    }
}

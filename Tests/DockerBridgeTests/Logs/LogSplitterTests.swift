import NIOCore
import Testing

@testable import DockerBridge

@Suite struct LogSplitterTests {
    private static let frames = ByteBuffer(
        bytes: [1, 0, 0, 0, 0, 0, 0, 3] + Array("out".utf8) + [2, 0, 0, 0, 0, 0, 0, 3] + Array("err".utf8)
    )

    private func split(_ body: ByteBuffer, isTTY: Bool?, size: Int) throws -> String {
        var splitter = LogSplitter(isTTY: isTTY)
        var result: [StdStream: String] = [:]
        var body = body
        while body.readableBytes > 0 {
            var piece = body.readSlice(length: min(size, body.readableBytes))!
            try splitter.split(&piece) {
                result[$1, default: ""] += String(buffer: $0)
                return true
            }
        }
        splitter.finish { result[$1, default: ""] += String(buffer: $0) }
        return "\(result[.stdout] ?? "-") \(result[.stderr] ?? "-")"
    }

    @Test(arguments: [1, 3, 8, 100])
    func framesAreTakenApartWhetherOrNotTheyWereAnnounced(size: Int) throws {
        #expect(try self.split(Self.frames, isTTY: false, size: size) == "out err")
        #expect(try self.split(Self.frames, isTTY: nil, size: size) == "out err")
    }

    @Test(arguments: [1, 3, 8, 100])
    func aTerminalIsRaw(size: Int) throws {
        for text in ["short", "a line of a terminal"] {
            #expect(try self.split(ByteBuffer(string: text), isTTY: true, size: size) == "\(text) -")
            #expect(try self.split(ByteBuffer(string: text), isTTY: nil, size: size) == "\(text) -")
        }
    }

    /// A terminal may write what looks like a frame; the container's settings know better.
    @Test func theContainersSettingsGoFirst() throws {
        let text = String(decoding: Self.frames.readableBytesView, as: UTF8.self)
        #expect(try self.split(Self.frames, isTTY: true, size: 100) == "\(text) -")
        #expect(throws: StdcopyDecoder.Malformed.self) {
            try self.split(ByteBuffer(string: "no frames here"), isTTY: false, size: 100)
        }
    }
}

import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Support
import Testing

@testable import LocalServer

/// The end of a connection inside TLS: the answer arrives, whatever the client still sends.
@Suite(.timeLimit(.minutes(5))) struct LingeringTLSTests {
    private static func makeCertificate(in folder: String) async throws -> TLSFiles {
        let files = TLSFiles(certificate: "\(folder)/tls.crt", key: "\(folder)/tls.key")
        let words = [
            "req", "-x509", "-days", "2", "-subj", "/CN=listener", "-newkey", "ec", "-pkeyopt",
            "ec_paramgen_curve:prime256v1", "-nodes", "-out", files.certificate, "-keyout", files.key,
        ]
        let made = try await runProgram("openssl", words)
        try #require(made.status == 0, "\(String(decoding: made.errors, as: UTF8.self))")
        return files
    }

    /// Without the time between the end of the output and that of the connection, the bytes of the body that nothing reads
    /// would reset it, and its client would see a broken connection in place of the reason.
    @Test func aClientThatSendsARefusedBodyIsAnsweredAndNotReset() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "tls-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let files = try await Self.makeCertificate(in: folder)
        try await ListenerBench.run(
            prepare: { settings in
                settings.tls = files
                // However long this takes on a busy machine.
                settings.headTimeout = .minutes(5)
                settings.lingerTimeout = .minutes(5)
            },
            answer: { $1.respond(200) }
        ) { bench in
            let pieces = 64
            let piece = ByteBuffer(repeating: UInt8(ascii: "b"), count: 64 << 10)
            let client = try await TLSClient(bench.path)
            let head = "POST /images/load HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer wrong\r\n"
            try await client.write(ByteBuffer(string: head + "Content-Length: \(pieces * (64 << 10))\r\n\r\n"))
            let answer = try await client.answer()
            #expect(answer.hasPrefix("HTTP/1.1 401 "))
            #expect(answer.contains("\r\nConnection: close\r\n"))
            for _ in 0..<pieces { try await client.write(piece) }
            #expect(try await client.close() == nil, "the connection was not broken")
            #expect(bench.engine.requests.isEmpty)
        }
    }
}

/// A client that trusts every certificate, and sees the end of the answer apart from that of the connection.
private final class TLSClient: Sendable {
    private let channel: any Channel
    private let ended: EventLoopFuture<String>
    private let failed: EventLoopFuture<(any Error)?>

    init(_ path: String) async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let (ended, failed) = (loop.makePromise(of: String.self), loop.makePromise(of: (any Error)?.self))
        (self.ended, self.failed) = (ended.futureResult, failed.futureResult)
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .none
        let context = try NIOSSLContext(configuration: configuration)
        self.channel = try await ClientBootstrap(group: loop)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let tls = try NIOSSLClientHandler(context: context, serverHostname: nil)
                    try channel.pipeline.syncOperations.addHandlers(tls, Ends(ended, failed))
                }
            }
            .connect(unixDomainSocketPath: path).get()
    }

    func write(_ bytes: ByteBuffer) async throws { try await self.channel.writeAndFlush(bytes) }

    /// All that comes until the server ends its output.
    func answer() async throws -> String { try await self.ended.get() }

    /// - Returns: what broke the connection before, if anything did.
    func close() async throws -> (any Error)? {
        try? await self.channel.close()
        return try await self.failed.get()
    }

    private final class Ends: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let ended: EventLoopPromise<String>
        private let failed: EventLoopPromise<(any Error)?>
        private var text = ""

        init(_ ended: EventLoopPromise<String>, _ failed: EventLoopPromise<(any Error)?>) {
            (self.ended, self.failed) = (ended, failed)
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            self.text += String(buffer: self.unwrapInboundIn(data))
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if case .some(.inputClosed) = event as? ChannelEvent { self.ended.succeed(self.text) }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { self.failed.succeed(error) }

        func channelInactive(context: ChannelHandlerContext) {
            self.ended.succeed(self.text)
            self.failed.succeed(nil)
        }
    }
}

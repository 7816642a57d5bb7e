import Foundation
import NIOCore
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
            prepare: { $0.tls = files },
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

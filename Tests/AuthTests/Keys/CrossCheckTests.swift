import Foundation
import Testing

@testable import Auth

/// The Swift half of scripts/dev/auth-crosscheck, which signs and verifies with other people's code.
///
/// The script names a folder in `AUTH_CROSSCHECK`; without it there is nothing to check against.
@Suite(
    .enabled(if: ProcessInfo.processInfo.environment["AUTH_CROSSCHECK"] != nil, "run by scripts/dev/auth-crosscheck")
)
struct CrossCheckTests {
    private struct Row: Codable {
        let method: String
        let target: String
        let body: String
        let timestamp: Int64
        let nonce: String
        let signature: String
        let publicKey: String
    }

    private struct Token: Codable {
        let token: String
        let phc: String
    }

    private let folder = URL(fileURLWithPath: ProcessInfo.processInfo.environment["AUTH_CROSSCHECK"] ?? "/")

    private func read<R: Decodable>(_ name: String) throws -> R {
        try JSONDecoder().decode(R.self, from: Data(contentsOf: self.folder.appendingPathComponent(name)))
    }

    private func write(_ rows: some Encodable, to name: String) throws {
        try JSONEncoder().encode(rows).write(to: self.folder.appendingPathComponent(name))
    }

    @Test func acceptsWhatTheOthersSigned() throws {
        let rows: [Row] = try self.read("signed-there.json")
        #expect(rows.count == 1000)
        for row in rows {
            let key = try #require(Data(base64Encoded: row.publicKey).flatMap { VerifyingKey(rawBytes: Array($0)) })
            let body = try #require(Data(base64Encoded: row.body).map(Array.init))
            let request = CanonicalRequest(
                method: row.method,
                target: row.target,
                bodyDigest: SHA256Digest(of: body.span),
                timestamp: row.timestamp,
                nonce: try #require(Nonce(row.nonce))
            )
            let signature = try #require(Signature(base64url: row.signature))
            #expect(key.isValid(signature, for: request), "\(row.target)")
        }
    }

    @Test func signsForTheOthers() throws {
        var rows: [Row] = []
        for number in 0..<1000 {
            let key = SigningKey.generate()
            let body = (0..<Int.random(in: 0...300)).map { _ in UInt8.random(in: 0...255) }
            let request = CanonicalRequest(
                method: ["GET", "POST", "DELETE"].randomElement()!,
                target: "/v1.44/containers/\(number)/json?f=%2F%20&f=é",
                bodyDigest: SHA256Digest(of: body.span),
                timestamp: .random(in: 0...4_000_000_000),
                nonce: .random()
            )
            rows.append(
                Row(
                    method: request.method,
                    target: request.target,
                    body: Data(body).base64EncodedString(),
                    timestamp: request.timestamp,
                    nonce: request.nonce.description,
                    signature: key.signature(of: request).base64url,
                    publicKey: Data(key.verifyingKey.rawBytes).base64EncodedString()
                )
            )
        }
        try self.write(rows, to: "signed-here.json")
    }

    @Test func loadsTheKeysOfTheOthersAndWritesSome() throws {
        for number in 0..<20 {
            let pem = try String(contentsOf: self.folder.appendingPathComponent("there-\(number).pem"), encoding: .utf8)
            let line = try String(
                contentsOf: self.folder.appendingPathComponent("there-\(number).pub"),
                encoding: .utf8
            )
            #expect(try SigningKey(pem: pem).verifyingKey.authorizedKeysLine() == line)
            let key = SigningKey.generate()
            try key.pemText.write(
                to: self.folder.appendingPathComponent("here-\(number).pem"),
                atomically: true,
                encoding: .utf8
            )
            try key.verifyingKey.authorizedKeysLine().write(
                to: self.folder.appendingPathComponent("here-\(number).pub"),
                atomically: true,
                encoding: .utf8
            )
        }
    }

    @Test func agreesOnTokenHashes() throws {
        let tokens: [Token] = try self.read("hashed-there.json")
        #expect(!tokens.isEmpty)
        for row in tokens {
            let hash = try TokenHash(phc: row.phc)
            #expect(hash.matches(Array(row.token.utf8).span) == true)
            #expect(hash.matches(Array((row.token + " ").utf8).span) == false)
        }
        let ours = ["token", "tök€n", String(repeating: "x", count: 200)].map { token in
            Token(token: token, phc: TokenHash(hashing: Array(token.utf8).span).phc)
        }
        try self.write(ours, to: "hashed-here.json")
    }
}

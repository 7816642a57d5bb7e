import Auth
import Foundation
import Support
import Testing

@Suite struct AuthorizedKeysTests {
    private static let base64 = "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="
    private static let openSSHForm = Base64.encode(
        [0, 0, 0, 11] + Array("ssh-ed25519".utf8) + [0, 0, 0, 32] + [UInt8](repeating: 7, count: 32)
    )

    @Test(arguments: [
        ("plain", "ed25519 \(base64) vector-key", "vector-key"),
        ("no comment", "ed25519 \(base64)", ""),
        ("words joined by one space", "ed25519 \(base64) a  b\tc ", "a b c"),
        ("hash later in the line", "ed25519 \(base64) a # b", "a # b"),
        ("leading blanks and tabs", " \t ed25519\t\(base64)\tx", "x"),
        ("CRLF", "ed25519 \(base64) x\r\n", "x"),
        ("no-break space separates", "ed25519\u{a0}\(base64)\u{a0}x", "x"),
    ])
    func readsAKey(name: String, text: String, comment: String) throws {
        let keys = AuthorizedKeys(parsing: text)
        let entry = try #require(keys[Vectors.keyID])
        #expect(entry.comment == comment)
        #expect(entry.key == (try Vectors.signingKey().verifyingKey))
        #expect(keys.warnings.isEmpty)
    }

    @Test func ignoresEmptyLinesAndComments() {
        let keys = AuthorizedKeys(parsing: "\n# ed25519 \(Self.base64)\n   #x\n \t \n\(Vectors.keyLine)\n")
        #expect(keys.count == 1)
        #expect(keys.warnings.isEmpty)
    }

    @Test(arguments: [
        ("ssh-ed25519 \(openSSHForm) me", "OpenSSH lines are not read"),
        ("ED25519 \(base64)", "does not start with `ed25519`"),
        ("rsa \(base64)", "does not start with `ed25519`"),
        ("ed25519 \(openSSHForm)", "OpenSSH form (51 bytes)"),
        ("ed25519 AAAA", "has 3 bytes, not 32"),
        ("ed25519 \(base64.dropLast())", "not standard base64"),
        ("ed25519 \(base64.replacing("/", with: "_"))", "not standard base64"),
        ("ed25519 \(base64.replacing("g=", with: "h="))", "not standard base64"),
        ("ed25519", "not standard base64"),
        ("ed25519 " + String(repeating: "A", count: AuthorizedKeys.maxLineBytes), "longer than 64 KiB"),
    ])
    func skipsABadLineAndSaysWhy(line: String, reason: String) {
        let keys = AuthorizedKeys(parsing: "# head\n\(line)\n\(Vectors.keyLine)")
        #expect(keys.count == 1)
        #expect(keys.warnings.count == 1)
        #expect(keys.warnings.first?.line == 2)
        #expect(keys.warnings.first?.reason.contains(reason) == true, "\(keys.warnings)")
    }

    @Test func aLineMayHave64KiB() {
        let room = 64 * 1024 - Vectors.keyLine.utf8.count
        let full = Vectors.keyLine + String(repeating: "x", count: room)
        #expect(AuthorizedKeys(parsing: full).count == 1)
        let over = AuthorizedKeys(parsing: full + "x")
        #expect(over.isEmpty && over.warnings.first?.reason.hasPrefix("the line is longer than 64 KiB") == true)
    }

    @Test func theFirstOfTwoEqualKeysWins() {
        let keys = AuthorizedKeys(parsing: "ed25519 \(Self.base64) first\ned25519 \(Self.base64) second")
        #expect(keys[Vectors.keyID]?.comment == "first")
        #expect(keys.warnings.map(\.line) == [2])
    }

    @Test func warnsWhenNothingIsLeft() {
        #expect(AuthorizedKeys(parsing: "").warnings.map(\.line) == [nil])
        #expect(AuthorizedKeys(parsing: "garbage").warnings.map(\.line) == [1, nil])
    }

    @Test func looksAKeyUpByItsExactID() {
        let keys = AuthorizedKeys(parsing: Vectors.keyLine)
        #expect(keys[Vectors.keyID.uppercased()] == nil)
        #expect(keys["0000000000000000"] == nil)
    }

    @Test func namesWhatAReloadChanged() throws {
        let other = SigningKey.generate().verifyingKey
        let old = AuthorizedKeys(parsing: Vectors.keyLine)
        let new = AuthorizedKeys(parsing: try other.authorizedKeysLine(comment: "new"))
        let changes = new.changes(since: old)
        #expect(changes.added.map(\.key) == [other])
        #expect(changes.removed.map(\.comment) == ["vector-key"])
        #expect(new.changes(since: new).added.isEmpty)
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give a file away"))
    func warnsAboutAForeignOwner() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(Vectors.keyLine, to: "list")
        #expect(try AuthorizedKeys.load(path: path).warnings.isEmpty)
        try #require(chown(path, 4242, 4242) == 0)
        let keys = try AuthorizedKeys.load(path: path)
        #expect(keys.count == 1)
        #expect(keys.warnings.map(\.line) == [nil])
    }

    @Test func survivesBytesThatAreNotText() {
        let bytes: [UInt8] = [0xff, 0xfe, 0x00, 0x0a] + Array(Vectors.keyLine.utf8) + [0x20, 0xff]
        #expect(AuthorizedKeys(parsing: bytes.span).count == 1)
    }
}

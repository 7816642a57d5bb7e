import Auth
import Foundation
import Support
import Testing

@Suite struct SecretFileTests {
    private let folder: TemporaryFolder

    init() throws {
        self.folder = try TemporaryFolder()
    }

    @Test(arguments: [("secret", "secret"), (" \t s e \r\n\u{a0}\n", "s e"), ("tök€n\n", "tök€n")])
    func dropsWhiteSpaceAroundTheSecret(text: String, secret: String) throws {
        let file = try SecretFile(path: self.folder.write(text, to: "secret"))
        let (text, isWorldReadable) = (file.text, file.isWorldReadable)
        #expect(text == secret)
        #expect(!isWorldReadable)
    }

    @Test func acceptsAnyModeAndSaysThatEverybodyCanRead() throws {
        let isWorldReadable = try SecretFile(path: self.folder.write("secret", to: "secret", mode: 0o644))
            .isWorldReadable
        #expect(isWorldReadable)
    }

    @Test(arguments: ["", " \n\r\n\t"])
    func anEmptySecretIsRefused(text: String) throws {
        let path = try self.folder.write(text, to: "secret")
        #expect(self.code(path) == .emptySecret)
    }

    @Test func refusesADirectoryAMissingAndAHugeFile() throws {
        #expect(self.code(self.folder.path) == .notRegularFile)
        #expect(self.code(self.folder.file("none")) == .missing)
        let huge = try self.folder.write(String(repeating: "x", count: SecretFile.maxBytes + 1), to: "huge")
        #expect(self.code(huge) == .tooLarge)
    }

    private func code(_ path: String) -> KeyFileError.Code? {
        do throws(KeyFileError) {
            _ = try SecretFile(path: path)
            return nil
        } catch {
            return error.code
        }
    }

    /// What a client can never present would only be found when every request is refused.
    @Test(arguments: [
        ([0xef, 0xbb, 0xbf] + Array("secret".utf8), "begins with a byte order mark"),
        ([0xff, 0xfe, 0x73, 0x00], "begins with a byte order mark of UTF-16"),
        ([0x73, 0x00, 0x65, 0x00], "contains null bytes, as UTF-16 text does"),
        (Array("one\ntwo\n".utf8), "has more than one line"), (Array("one\r\n\r\ntwo".utf8), "has more than one line"),
        (Array("a\u{1b}b".utf8), "contains the character U+1B, which no header can carry"),
        (Array("a\u{7f}".utf8), "contains the character U+7F, which no header can carry"),
        ([0x61, 0xff, 0x62], "is not UTF-8 text"),
    ])
    func aFileThatNoHeaderCanCarryIsRefusedWithTheReason(bytes: [UInt8], detail: String) throws {
        let path = self.folder.file("token")
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        var found: String?
        do throws(KeyFileError) {
            _ = try SecretFile(path: path, isForHeaders: true)
        } catch {
            found = error.detail
        }
        #expect(found == detail)
        let problems = #expect(throws: Credentials.Problems.self) {
            try Credentials(
                from: ["TOKEN_FILE": path],
                in: Credentials.Circumstances(isEdge: false, bindsToLoopback: false)
            )
        }
        #expect(problems?.all.map(\.code) == [.badSecretFile])
        #expect(problems?.all.first?.detail == "reading TOKEN_FILE: \(path) \(detail)")
    }

    @Test(arguments: ["secret\n", "a b\tc", "tök€n\r\n"])
    func whatAHeaderCanCarryIsTaken(text: String) throws {
        let path = try self.folder.write(text, to: "token")
        #expect(throws: Never.self) { _ = try SecretFile(path: path, isForHeaders: true) }
    }
}

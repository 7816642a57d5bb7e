import Foundation
import Support
import Testing

@testable import Auth

@Suite struct GuardedFileTests {
    let folder: TemporaryFolder

    init() throws {
        self.folder = try TemporaryFolder()
    }

    @Test(arguments: [0o600, 0o640, 0o400, 0o440, 0o700] as [mode_t])
    func loadsWhatOnlyTrustedUsersCanRead(mode: mode_t) throws {
        let key = try self.folder.write(Vectors.pem, to: "key", mode: mode)
        #expect(try SigningKey.load(path: key).verifyingKey.keyID == Vectors.keyID)
        let list = try self.folder.write(Vectors.keyLine, to: "list", mode: mode)
        #expect(try AuthorizedKeys.load(path: list).count == 1)
    }

    @Test(
        arguments: [
            (0o644, KeyFileError.Code.worldReadable), (0o604, .worldReadable),
            (0o660, .writableByOthers), (0o602, .writableByOthers), (0o620, .writableByOthers),
            (0o666, .writableByOthers),
        ] as [(mode_t, KeyFileError.Code)]
    )
    func refusesWhatOthersCanReadOrChange(mode: mode_t, code: KeyFileError.Code) throws {
        let key = try self.folder.write(Vectors.pem, to: "key", mode: mode)
        self.expectBothRefuse(key, code)
    }

    @Test func refusesADirectory() {
        self.expectBothRefuse(self.folder.path, .notRegularFile)
    }

    @Test func refusesAFIFOWithoutWaitingForAWriter() throws {
        let path = self.folder.file("fifo")
        try #require(mkfifo(path, 0o600) == 0)
        self.expectBothRefuse(path, .notRegularFile)
    }

    @Test func refusesADevice() {
        self.expectBothRefuse("/dev/zero", .notRegularFile)
    }

    @Test func saysThatAFileIsMissing() {
        self.expectBothRefuse(self.folder.file("none"), .missing)
        self.expectBothRefuse(self.folder.file("none/none"), .missing)
    }

    @Test func readsThroughALinkAndJudgesItsTarget() throws {
        let link = self.folder.file("link")
        let key = try self.folder.write(Vectors.pem, to: "key")
        try #require(symlink(key, link) == 0)
        #expect(try SigningKey.load(path: link).verifyingKey.keyID == Vectors.keyID)
        chmod(key, 0o644)
        self.expectBothRefuse(link, .worldReadable)
    }

    @Test func refusesAFileThatIsTooLarge() throws {
        let room = SigningKey.maxFileBytes - Vectors.pem.utf8.count
        let full = try self.folder.write(Vectors.pem + String(repeating: "#", count: room), to: "full")
        #expect(try SigningKey.load(path: full).verifyingKey.keyID == Vectors.keyID)
        let over = try self.folder.write(Vectors.pem + String(repeating: "#", count: room + 1), to: "over")
        let error = #expect(throws: KeyFileError.self) { try SigningKey.load(path: over) }
        #expect(error?.code == .tooLarge)
    }

    @Test func theKeyListHasItsLimitToTheByte() throws {
        let size = 2 * 1024 * 1024
        let comment = "#" + String(repeating: "x", count: 1022) + "\n"
        let head = Vectors.keyLine + "\n"
        let lines = String(repeating: comment, count: size / 1024 - 1)
        let fill = String(repeating: "\n", count: size - lines.utf8.count - head.utf8.count)
        let full = try self.folder.write(head + lines + fill, to: "full")
        #expect(try AuthorizedKeys.load(path: full).count == 1)
        let over = try self.folder.write(head + lines + fill + "\n", to: "over")
        let error = #expect(throws: KeyFileError.self) { try AuthorizedKeys.load(path: over) }
        #expect(error?.code == .tooLarge && error?.description.contains("is larger than 2048 KiB") == true)
    }

    /// The kernel reports no size for these, as for a file that grew since it was asked.
    @Test func aFileThatIsLongerThanItsReportedSizeHasTheSameLimit() throws {
        let path = "/proc/version"
        let text = try #require(FileManager.default.contents(atPath: path))
        let file = try GuardedFile.read(path, rule: .secrets, maxBytes: text.count)
        #expect(file.withBytes { [UInt8](copying: $0) } == Array(text))
        let error = #expect(throws: KeyFileError.self) {
            _ = try GuardedFile.read(path, rule: .secrets, maxBytes: text.count - 1)
        }
        #expect(error?.code == .tooLarge)
    }

    @Test func aFileOfOneByteIsRead() throws {
        let file = try GuardedFile.read(try self.folder.write("x", to: "x"), maxBytes: 100)
        #expect(file.withBytes { [UInt8](copying: $0) } == [UInt8(ascii: "x")])
    }

    @Test func theEndOfAFileIsItsEndWhateverFailedBefore() throws {
        let path = try self.folder.write("secret", to: "secret")
        errno = EINTR
        let file = try GuardedFile.read(path, maxBytes: 100)
        #expect(file.withBytes { $0.count } == 6)
    }

    @Test func anEmptyFileIsNoKeyButAnEmptyList() throws {
        let path = try self.folder.write("", to: "empty")
        let error = #expect(throws: KeyFileError.self) { try SigningKey.load(path: path) }
        #expect(error?.code == .noPEMBlock)
        #expect(try AuthorizedKeys.load(path: path).isEmpty)
    }

    private func expectBothRefuse(_ path: String, _ code: KeyFileError.Code) {
        let key = #expect(throws: KeyFileError.self) { try SigningKey.load(path: path) }
        let list = #expect(throws: KeyFileError.self) { try AuthorizedKeys.load(path: path) }
        #expect(key?.code == code && list?.code == code)
        #expect(key?.description.hasPrefix("\(path): ") == true)
    }
}

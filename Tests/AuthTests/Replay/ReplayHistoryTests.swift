import Foundation
import Support
import Testing

@testable import Auth

@Suite struct ReplayHistoryTests {
    private let folder: TemporaryFolder
    private let boot = BootID(bytes: Nonce.random().raw)
    private let claims = (0..<4).map { ReplayClaim(key: 1, timestamp: 100 + $0, nonce: .random()) }

    init() throws {
        self.folder = try TemporaryFolder()
    }

    private func header(_ generation: Int64, floor: Int64 = 50) -> ReplayRecord {
        .header(generation: generation, floor: floor, boot: self.boot)
    }

    private func write(_ records: [ReplayRecord], to name: String, tail: [UInt8] = []) throws {
        let bytes = ReplayRecordTests.bytes(records) + tail
        try Data(bytes).write(to: URL(fileURLWithPath: self.folder.file(name)))
    }

    private func read() throws -> ReplayHistory? { try ReplayHistory.read(folder: self.folder.path) }

    @Test func withoutAFileThereIsNoHistory() throws {
        #expect(try self.read() == nil)
    }

    @Test func bothFilesTogetherAreTheHistory() throws {
        let (first, last) = (self.claims[0], self.claims[1])
        try self.write(
            [self.header(4, floor: 60), .ceiling(key: 1, timestamp: 110), .claim(first)],
            to: "replay.journal.1"
        )
        try self.write([self.header(5), .ceiling(key: 1, timestamp: 105), .claim(last)], to: "replay.journal")
        let history = try #require(try self.read())
        #expect(history.claims == [first, last])
        #expect(history.floor == 60 && history.ceilings == [1: 110] && history.generation == 5)
        #expect(history.damage == nil && !history.isIncomplete)
    }

    @Test func aFileThatACrashLeftBehindIsNotPartOfIt() throws {
        try self.write([self.header(3), .claim(self.claims[0])], to: "replay.journal.1")
        try self.write([self.header(5), .claim(self.claims[1])], to: "replay.journal")
        #expect(try self.read()?.claims == [self.claims[1]])
    }

    @Test func theOlderFileCountsAloneWhereACrashCameBetweenTheRenames() throws {
        try self.write([self.header(4), .claim(self.claims[0])], to: "replay.journal.1")
        #expect(try self.read()?.claims == [self.claims[0]])
    }

    @Test(arguments: 1..<ReplayRecord.byteCount)
    func aRecordThatACrashCutOffIsNamedAndTheOthersCount(length: Int) throws {
        let bytes = ReplayRecordTests.bytes([.claim(self.claims[1])])
        try self.write(
            [self.header(1), .claim(self.claims[0])],
            to: "replay.journal",
            tail: Array(bytes.prefix(length))
        )
        let history = try #require(try self.read())
        #expect(history.claims == [self.claims[0]])
        #expect(history.damage == "the last \(length) bytes of replay.journal are not a record")
        #expect(!history.isIncomplete)
    }

    @Test func zerosAtTheEndAreWhatACrashLeaves() throws {
        let zeros = [UInt8](repeating: 0, count: 4096)
        try self.write([self.header(1), .claim(self.claims[0])], to: "replay.journal", tail: zeros)
        let history = try #require(try self.read())
        #expect(history.damage != nil && !history.isIncomplete)
    }

    @Test(arguments: ["replay.journal", "replay.journal.1"])
    func aDamagedMiddleMeansThatClaimsMayBeMissing(name: String) throws {
        let sound = ReplayRecordTests.bytes([.claim(self.claims[1])])
        let bad = [UInt8](repeating: 0x78, count: ReplayRecord.byteCount)
        try self.write([self.header(4), .claim(self.claims[0])], to: "replay.journal.1")
        try self.write([self.header(5), .claim(self.claims[2])], to: "replay.journal")
        let generation: Int64 = name == "replay.journal" ? 5 : 4
        try self.write([self.header(generation), .claim(self.claims[3])], to: name, tail: bad + sound)
        #expect(try self.read()?.isIncomplete == true)
    }

    @Test(arguments: ["", "{}", "something else that is long enough to hold a record"])
    func anotherFileInItsPlaceMeansThatClaimsMayBeMissing(text: String) throws {
        try self.folder.write(text, to: "replay.journal")
        let history = try #require(try self.read())
        #expect(history.isIncomplete && history.damage == "replay.journal does not begin as a replay journal does")
    }

    @Test func neitherALinkNorADirectoryIsRead() throws {
        try self.write([self.header(1)], to: "elsewhere")
        try #require(symlink(self.folder.file("elsewhere"), self.folder.file("replay.journal")) == 0)
        #expect(throws: KeyFileError.self) { try self.read() }
        unlink(self.folder.file("replay.journal"))
        mkdir(self.folder.file("replay.journal"), 0o700)
        #expect(throws: KeyFileError.self) { try self.read() }
    }
}

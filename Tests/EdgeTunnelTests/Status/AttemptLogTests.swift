import Auth
import Base
import Drydock
import Foundation
import Testing

@testable import EdgeTunnel

@Suite struct AttemptLogTests {
    private static func record(_ end: SessionEnd = .lost("reset")) throws -> AttemptRecord {
        AttemptRecord(
            at: UnixTime(seconds: 1_767_225_606),
            controller: try ControllerAddress(parsing: "https://drydock.example"),
            dialect: .portwing,
            keyID: "56475aa75463474c",
            end: end
        )
    }

    private static func withFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "state-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder.path)
    }

    @Test func aRecordIsOneLineOfJSON() throws {
        var record = try Self.record(.dialFailed(.tls, "a \"quoted\"\nfault"))
        record.timings.record(.dns, .microseconds(1500))
        record.timings.record(.tcp, .milliseconds(20))
        record.uptime = .milliseconds(12_345)
        #expect(
            record.line == #"{"at":"2026-01-01T00:00:06Z","controller":"wss://drydock.example","dialect":"portwing","#
                + #""keyId":"56475aa75463474c","phases":{"dns":1.5,"tcp":20.0},"up":12.345,"end":"tls-failed","#
                + #""reason":"tls failed: a \"quoted\"\nfault"}"#
        )
    }

    @Test func onlyTheLastFiftyAreKept() throws {
        var log = AttemptLog(folder: nil)
        for number in 0..<60 { #expect(log.append(try Self.record(.lost("\(number)"))) == nil) }
        #expect(log.lines.count == 50)
        #expect(log.lines.first?.contains("lost: 10") == true)
        #expect(log.lines.last?.contains("lost: 59") == true)
    }

    @Test func aRestartFindsWhatWasWritten() throws {
        try Self.withFolder { folder in
            var log = AttemptLog(folder: folder)
            #expect(log.lines.isEmpty)
            for _ in 0..<3 { #expect(log.append(try Self.record()) == nil) }
            #expect(AttemptLog(folder: folder).lines == log.lines)
            let file = "\(folder)/\(AttemptLog.fileName)"
            let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
            #expect(mode == 0o600)
        }
    }

    @Test func noFileStaysOpen() throws {
        try Self.withFolder { folder in
            var log = AttemptLog(folder: folder)
            for _ in 0..<3 { #expect(log.append(try Self.record()) == nil) }
            #expect(AttemptLog(folder: folder).lines.count == 3)
            let files = FileManager.default
            let open = try files.contentsOfDirectory(atPath: "/proc/self/fd").compactMap { number in
                try? files.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(number)")
            }
            #expect(open.filter { $0.hasPrefix(folder) } == [])
        }
    }

    @Test func linesThatAreNoJSONAreForgotten() throws {
        try Self.withFolder { folder in
            let text = "{\"at\":1}\n{\"at\":\n[]\nhello\n{\"at\":2}\n"
            try Data(text.utf8).write(to: URL(filePath: "\(folder)/\(AttemptLog.fileName)"))
            #expect(AttemptLog(folder: folder).lines == [#"{"at":1}"#, #"{"at":2}"#])
        }
    }

    @Test func aFolderThatIsGoneIsReportedAndChangesNothing() throws {
        var log = AttemptLog(folder: "/nowhere/at/all")
        #expect(log.append(try Self.record())?.contains("No such file") == true)
        #expect(log.lines.count == 1)
    }

    @Test(.timeLimit(.minutes(1))) func whatStandsInThePlaceOfItsFilesNeitherBlocksNorMisleads() throws {
        try Self.withFolder { folder in
            let path = "\(folder)/\(AttemptLog.fileName)"
            #expect(mkfifo(path, 0o600) == 0)
            #expect(mkfifo("\(path).new", 0o600) == 0)
            var log = AttemptLog(folder: folder)
            #expect(log.append(try Self.record()) == nil)
            try "theirs".write(toFile: "\(folder)/precious", atomically: true, encoding: .utf8)
            #expect(link("\(folder)/precious", "\(path).new") == 0)
            #expect(log.append(try Self.record()) == nil)
            #expect(try String(contentsOfFile: "\(folder)/precious", encoding: .utf8) == "theirs")
            #expect(AttemptLog(folder: folder).lines.count == 2)
        }
    }
}

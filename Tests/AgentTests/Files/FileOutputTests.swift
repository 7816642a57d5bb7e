import Foundation
import Testing

@testable import Agent

@Suite(.timeLimit(.minutes(1))) struct FileOutputTests {
    private static func withFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "output-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder.path)
    }

    @Test func whatStandsInThePlaceOfTheTemporaryFileIsReplaced() throws {
        try Self.withFolder { folder in
            let manager = FileManager.default
            try "theirs".write(toFile: "\(folder)/precious", atomically: true, encoding: .utf8)
            // A FIFO without a reader: opening it for writing would block.
            #expect(mkfifo("\(folder)/fifo.new", 0o600) == 0)
            #expect(link("\(folder)/precious", "\(folder)/hard.new") == 0)
            try manager.createSymbolicLink(atPath: "\(folder)/soft.new", withDestinationPath: "\(folder)/precious")
            for name in ["fifo", "hard", "soft"] {
                try FileOutput.replace("\(folder)/\(name)", with: "ours")
                #expect(try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8) == "ours")
            }
            #expect(try String(contentsOfFile: "\(folder)/precious", encoding: .utf8) == "theirs")
            #expect(try manager.contentsOfDirectory(atPath: folder).sorted() == ["fifo", "hard", "precious", "soft"])
        }
    }

    @Test func aFileThatCannotBeWrittenIsNamed() throws {
        try Self.withFolder { folder in
            let fault = #expect(throws: AgentError.self) {
                try FileOutput.replace("\(folder)/missing/file", with: "ours")
            }
            #expect(fault?.code == .fileUnwritable)
            #expect(fault?.description.hasPrefix("\(folder)/missing/file: ") == true)
        }
    }
}

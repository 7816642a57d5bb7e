import Foundation
import Testing

@testable import Base

@Suite(.timeLimit(.minutes(2))) struct RegularFileTests {
    @Test func aFileIsReadUpToItsLimit() throws {
        try withFolder { folder in
            let path = "\(folder)/file"
            let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0) }
            try Data(bytes).write(to: URL(filePath: path))
            #expect(try RegularFile.read(path, maximumBytes: 100_000) == bytes)
            #expect(throws: RegularFile.Failure.tooLarge) { try RegularFile.read(path, maximumBytes: 99_999) }
        }
    }

    @Test func whatIsNotARegularFileIsRefusedAtOnce() throws {
        try withFolder { folder in
            #expect(mkfifo("\(folder)/fifo", 0o600) == 0)
            #expect(throws: RegularFile.Failure.notRegular) { try RegularFile.read("\(folder)/fifo", maximumBytes: 10) }
            #expect(throws: RegularFile.Failure.notRegular) { try RegularFile.read(folder, maximumBytes: 10) }
        }
    }

    @Test func aLinkIsNotFollowed() throws {
        try withFolder { folder in
            try "theirs".write(toFile: "\(folder)/precious", atomically: true, encoding: .utf8)
            #expect(symlink("\(folder)/precious", "\(folder)/link") == 0)
            #expect(throws: RegularFile.Failure.system(SystemFault(ELOOP))) {
                try RegularFile.read("\(folder)/link", maximumBytes: 10)
            }
            #expect(throws: RegularFile.Failure.system(SystemFault(ENOENT))) {
                try RegularFile.read("\(folder)/none", maximumBytes: 10)
            }
        }
    }
}

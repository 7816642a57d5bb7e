import Glibc
import Testing

@testable import Base

@Suite struct TrustedFileTests {
    @Test func aFileIsReadThroughALink() throws {
        try withFolder { folder in
            try NewFile.create("\(folder)/file", with: Array("allow look".utf8).span)
            #expect(symlink("file", "\(folder)/link") == 0)
            #expect(try TrustedFile.read("\(folder)/link", maximumBytes: 10) == Array("allow look".utf8))
            #expect(throws: TrustedFile.Failure.tooLarge(maximumBytes: 9)) {
                try TrustedFile.read("\(folder)/file", maximumBytes: 9)
            }
        }
    }

    @Test(arguments: [mode_t(0o620), 0o602, 0o666]) func aFileThatOthersMayWriteIsRefused(mode: mode_t) throws {
        try withFolder { folder in
            try NewFile.create("\(folder)/file", with: Array("allow all".utf8).span)
            #expect(chmod("\(folder)/file", mode) == 0)
            #expect(throws: TrustedFile.Failure.writableByOthers(mode: UInt32(mode))) {
                try TrustedFile.read("\(folder)/file", maximumBytes: 10)
            }
        }
    }

    @Test(
        arguments: [
            (uid_t(0), mode_t(0o644), nil), (1000, 0o600, nil), (1001, 0o600, TrustedFile.Failure.foreignOwner(1001)),
            (0, 0o664, .writableByOthers(mode: 0o664)), (0, 0o100_646, .writableByOthers(mode: 0o646)),
        ] as [(uid_t, mode_t, TrustedFile.Failure?)]
    )
    func itBelongsToRootOrToTheAgent(owner: uid_t, mode: mode_t, failure: TrustedFile.Failure?) {
        #expect(TrustedFile.problem(owner: owner, mode: mode, user: 1000) == failure)
    }

    @Test func whatIsNoFileIsRefused() throws {
        try withFolder { folder in
            #expect(mkfifo("\(folder)/fifo", 0o600) == 0)
            #expect(throws: TrustedFile.Failure.notRegular) { try TrustedFile.read("\(folder)/fifo", maximumBytes: 1) }
            #expect(throws: TrustedFile.Failure.notRegular) { try TrustedFile.read(folder, maximumBytes: 1) }
            #expect(throws: TrustedFile.Failure.system(SystemFault(ENOENT))) {
                try TrustedFile.read("\(folder)/none", maximumBytes: 1)
            }
        }
    }
}

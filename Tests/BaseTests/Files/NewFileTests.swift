import Foundation
import Testing

@testable import Base

@Suite(.timeLimit(.minutes(2))) struct NewFileTests {
    @Test func aReplacedFileIsWholeAndHasTheModeAskedFor() throws {
        try withFolder { folder in
            let path = "\(folder)/file"
            try NewFile.replace(path, with: "old", mode: 0o644)
            try NewFile.replace(path, with: String(repeating: "new", count: 100_000), mode: 0o600)
            #expect(try String(contentsOfFile: path, encoding: .utf8).utf8.count == 300_000)
            #expect(mode(of: path) == 0o600)
            #expect(try names(in: folder) == ["file"])
        }
    }

    /// A link of either kind and a FIFO, in the place of the file and in that of the temporary one.
    @Test(arguments: ["file", "file.new"]) func whatHasTheNameIsReplacedAndNeitherFollowedNorOpened(_ name: String)
        throws
    {
        try withFolder { folder in
            let (path, precious) = ("\(folder)/\(name)", "\(folder)/precious")
            try "theirs".write(toFile: precious, atomically: true, encoding: .utf8)
            for stand in [
                { mkfifo(path, 0o600) }, { symlink(precious, path) }, { link(precious, path) },
                { symlink("nowhere", path) },
            ] {
                unlink("\(folder)/file")
                #expect(stand() == 0)
                try NewFile.replace("\(folder)/file", with: "ours")
                #expect(try String(contentsOfFile: "\(folder)/file", encoding: .utf8) == "ours")
                #expect(try String(contentsOfFile: precious, encoding: .utf8) == "theirs")
            }
            #expect(try names(in: folder) == ["file", "precious"])
        }
    }

    @Test func afterAFailureTheOldFileIsThereAndNothingElse() throws {
        try withFolder { folder in
            // Nothing takes the place of a folder.
            #expect(mkdir("\(folder)/file", 0o700) == 0)
            #expect(throws: SystemFault(EISDIR)) { try NewFile.replace("\(folder)/file", with: "ours") }
            let left = try names(in: folder)
            #expect(left == ["file"])
            #expect(throws: SystemFault(ENOENT)) { try NewFile.replace("\(folder)/nowhere/file", with: "ours") }
        }
    }

    @Test(arguments: [NewFile.Durability.kernel, .disk]) func aFileThatExistsIsNeverMade(
        _ durability: NewFile.Durability
    ) throws {
        try withFolder { folder in
            let path = "\(folder)/file"
            try create(path, "first", durability)
            for stand in [{ 0 }, { symlink("\(folder)/other", path) }, { mkfifo(path, 0o600) }] {
                if stand() == 0 {
                    #expect(throws: SystemFault(EEXIST)) {
                        try create(path, "second", durability)
                    }
                }
            }
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "first")
            #expect(mode(of: path) == 0o600)
            unlink(path)
            #expect(symlink("\(folder)/other", path) == 0)
            #expect(throws: SystemFault(EEXIST)) { try create(path, "", durability) }
            #expect(try names(in: folder) == ["file"])
        }
    }

    /// A disk that is full, as the kernel plays it.
    @Test func aFileThatDoesNotFitLeavesNothingBehind() throws {
        let descriptor = open("/dev/full", O_WRONLY | O_CLOEXEC)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        let progress = FileIO.write("text", to: descriptor)
        #expect(progress == FileIO.Progress(bytes: 0, fault: SystemFault(ENOSPC)))
        #expect(progress.fault?.description == "No space left on device")
    }

    @Test func aFileOfAnOpenFolderIsFoundWhereverTheFolderWent() throws {
        try withFolder { folder in
            #expect(mkdir("\(folder)/before", 0o700) == 0)
            let descriptor = open("\(folder)/before", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            try #require(descriptor >= 0)
            defer { close(descriptor) }
            #expect(rename("\(folder)/before", "\(folder)/after") == 0)
            try NewFile.replace("file", in: descriptor, temporary: ".file.new", with: Array("ours".utf8).span)
            #expect(try names(in: "\(folder)/after") == ["file"])
        }
    }
}

private func create(_ path: String, _ text: String, _ durability: NewFile.Durability) throws(SystemFault) {
    let bytes = Array(text.utf8)
    try NewFile.create(path, with: bytes.span, durability: durability)
}

private func mode(of path: String) -> mode_t? {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & 0o777 : nil
}

private func names(in folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
}

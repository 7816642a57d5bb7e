import Auth
import Foundation
import Support
import Testing

@Suite struct KeyRegistryTests {
    private let folder: TemporaryFolder
    private let registry: KeyRegistry
    private var path: String { self.folder.file("keys") }

    init() throws {
        self.folder = try TemporaryFolder()
        self.registry = try KeyRegistry(path: self.folder.write(Vectors.keyLine, to: "keys"))
    }

    @Test func aReloadReplacesTheWholeSetAndNamesTheChanges() throws {
        let other = SigningKey.generate().verifyingKey
        try self.folder.write(other.authorizedKeysLine(comment: "new") + "\nbad line", to: "keys")
        let reload = try self.registry.reload()
        #expect(reload.added.map(\.comment) == ["new"])
        #expect(reload.removed.map(\.comment) == ["vector-key"])
        #expect(reload.warnings.map(\.line) == [2])
        #expect(self.registry.current[Vectors.keyID] == nil)
    }

    @Test func anEmptiedFileRevokesEverybody() throws {
        try self.folder.write("", to: "keys")
        let reload = try self.registry.reload()
        #expect(reload.count == 0)
        #expect(reload.warnings.count == 1)
        #expect(self.registry.current.isEmpty)
    }

    @Test(arguments: ["0644", "0660", "missing", "directory", "fifo"])
    func afterAFailedReloadTheKeysStay(fault: String) throws {
        switch fault {
        case "missing": unlink(self.path)
        case "directory":
            unlink(self.path)
            mkdir(self.path, 0o700)
        case "fifo":
            unlink(self.path)
            mkfifo(self.path, 0o600)
        default: chmod(self.path, mode_t(fault, radix: 8)!)
        }
        #expect(throws: KeyFileError.self) { try self.registry.reload() }
        #expect(self.registry.current[Vectors.keyID] != nil)
    }

    @Test func aMissingFileIsFatalAtTheStart() {
        #expect(throws: KeyFileError.self) { try KeyRegistry(path: self.folder.file("none")) }
    }
}

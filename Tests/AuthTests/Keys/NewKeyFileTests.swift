import Foundation
import Support
import Testing

@testable import Auth

@Suite struct NewKeyFileTests {
    @Test func aNewFileIsPrivateAndHoldsTheKey() throws {
        let folder = try TemporaryFolder()
        let key = SigningKey.generate()
        let path = folder.file("agent.pem")
        try NewKeyFile.write(key, path: path)
        #expect(try SigningKey.load(path: path).verifyingKey == key.verifyingKey)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    @Test func aFileThatExistsIsLeftAsItIs() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("agent.pem")
        try Data("precious".utf8).write(to: URL(filePath: path))
        #expect(throws: KeyFileError.self) { try NewKeyFile.write(.generate(), path: path) }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "precious")
    }

    @Test func aLinkIsNotFollowed() throws {
        let folder = try TemporaryFolder()
        let target = folder.file("elsewhere")
        try FileManager.default.createSymbolicLink(atPath: folder.file("agent.pem"), withDestinationPath: target)
        #expect(throws: KeyFileError.self) { try NewKeyFile.write(.generate(), path: folder.file("agent.pem")) }
        #expect(!FileManager.default.fileExists(atPath: target))
    }

    @Test func aFolderThatIsNotThereIsNamed() {
        let error = #expect(throws: KeyFileError.self) { try NewKeyFile.write(.generate(), path: "/nowhere/agent.pem") }
        #expect(error?.description.contains("No such file") == true)
    }
}

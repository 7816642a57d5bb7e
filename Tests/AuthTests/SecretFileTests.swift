import Auth
import Foundation
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
}

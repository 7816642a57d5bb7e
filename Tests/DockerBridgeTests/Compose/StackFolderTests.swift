import Foundation
import Testing

@testable import DockerBridge

@Suite struct StackFolderTests {
    private static func withRoot(_ body: (String) throws -> Void) throws {
        let root = "/tmp/lookout-stacks-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: root) }
        try body(root)
    }

    private static func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    @Test func filesAreWrittenForUsAlone() throws {
        try Self.withRoot { root in
            let folder = try StackFolder(root: "\(root)/stacks", ["web"], creates: true)
            try folder.write(Array("x".utf8), to: ["config", "app.conf"])
            #expect(try String(contentsOfFile: "\(root)/stacks/web/config/app.conf", encoding: .utf8) == "x")
            #expect(try Self.mode("\(root)/stacks/web/config/app.conf") == 0o600)
            #expect(try Self.mode("\(root)/stacks/web/config").map { $0 & 0o007 } == 0)
            #expect(folder.path == "\(root)/stacks/web")
            try folder.write(Array("shorter".utf8), to: ["config", "app.conf"])
            #expect(try FileManager.default.contentsOfDirectory(atPath: "\(root)/stacks/web/config") == ["app.conf"])
        }
    }

    @Test func aLinkIsNotFollowedAnywhere() throws {
        try Self.withRoot { root in
            let manager = FileManager.default
            try manager.createDirectory(atPath: "\(root)/stacks/web", withIntermediateDirectories: true)
            try manager.createDirectory(atPath: "\(root)/outside", withIntermediateDirectories: true)
            try manager.createSymbolicLink(atPath: "\(root)/stacks/evil", withDestinationPath: "\(root)/outside")
            try manager.createSymbolicLink(atPath: "\(root)/stacks/web/sub", withDestinationPath: "\(root)/outside")
            try manager.createSymbolicLink(atPath: "\(root)/stacks/web/file", withDestinationPath: "\(root)/outside/f")
            #expect(throws: ComposeFailure.self) {
                _ = try StackFolder(root: "\(root)/stacks", ["evil"], creates: true).path
            }
            let folder = try StackFolder(root: "\(root)/stacks", ["web"], creates: true)
            let failure = #expect(throws: ComposeFailure.self) { try folder.write([1], to: ["sub", "x"]) }
            #expect(failure?.text.contains("escapes stack directory") == true)
            // The link itself gives way to the file.
            try folder.write([1], to: ["file"])
            #expect(try manager.contentsOfDirectory(atPath: "\(root)/outside") == [])
            let (hasFile, hasLink) = (folder.hasFile("file"), folder.hasFile("sub"))
            #expect(hasFile)
            #expect(!hasLink)
        }
    }

    @Test func aMissingStackIsNamed() throws {
        try Self.withRoot { root in
            let failure = #expect(throws: ComposeFailure.self) {
                _ = try StackFolder(root: root, ["missing"], creates: false).path
            }
            #expect(failure?.text.contains("\"missing\"") == true)
        }
    }

    /// A user who may write into a stack could otherwise hold up every call, or have a file of the agent's written over.
    @Test(.timeLimit(.minutes(1))) func whatStandsInThePlaceOfTheTemporaryFileIsReplaced() throws {
        try Self.withRoot { root in
            let manager = FileManager.default
            let folder = try StackFolder(root: "\(root)/stacks", ["web"], creates: true)
            let stack = "\(root)/stacks/web"
            try "theirs".write(toFile: "\(root)/precious", atomically: true, encoding: .utf8)

            #expect(mkfifo("\(stack)/.fifo.new", 0o600) == 0)
            // Without a reader: opening it for writing would wait for one.
            try folder.write(Array("x".utf8), to: ["fifo"])
            #expect(link("\(root)/precious", "\(stack)/.hard.new") == 0)
            try folder.write(Array("x".utf8), to: ["hard"])
            try manager.createSymbolicLink(atPath: "\(stack)/.soft.new", withDestinationPath: "\(root)/precious")
            try folder.write(Array("x".utf8), to: ["soft"])

            #expect(try String(contentsOfFile: "\(root)/precious", encoding: .utf8) == "theirs")
            for name in ["fifo", "hard", "soft"] {
                #expect(try String(contentsOfFile: "\(stack)/\(name)", encoding: .utf8) == "x")
                #expect(try Self.mode("\(stack)/\(name)") == 0o600)
            }
            #expect(try manager.contentsOfDirectory(atPath: stack).sorted() == ["fifo", "hard", "soft"])
        }
    }

    @Test func aFolderInThePlaceOfTheTemporaryFileIsAnError() throws {
        try Self.withRoot { root in
            let folder = try StackFolder(root: "\(root)/stacks", ["web"], creates: true)
            try FileManager.default.createDirectory(
                atPath: "\(root)/stacks/web/.file.new",
                withIntermediateDirectories: false
            )
            let failure = #expect(throws: ComposeFailure.self) { try folder.write([1], to: ["file"]) }
            #expect(failure?.text.contains("cannot be written") == true)
        }
    }
}

import Foundation
import NIOCore
import NIOPosix
import Testing

@testable import LocalServer

@Suite struct PrivateSocketTests {
    private static func bind(_ path: String) async throws -> any Channel {
        try await PrivateSocket.bind(ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton), to: path)
    }

    private static func withPath(_ body: (String) async throws -> Void) async throws {
        let path = "/tmp/lookout-socket-\(UUID().uuidString.prefix(8)).sock"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await body(path)
    }

    /// The line of /proc/self/status: asking umask(2) would change it for whoever makes a file meanwhile.
    private static func umask() throws -> Substring {
        let lines = try String(contentsOfFile: "/proc/self/status", encoding: .utf8).split(separator: "\n")
        return try #require(lines.first { $0.hasPrefix("Umask") })
    }

    @Test func onlyTheOwnerMayUseItAndTheMaskOfTheProcessStays() async throws {
        let before = try Self.umask()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    try await Self.withPath { path in
                        let channel = try await Self.bind(path)
                        let attributes = try FileManager.default.attributesOfItem(atPath: path)
                        #expect(attributes[.posixPermissions] as? Int == 0o600)
                        #expect(try Self.umask() == before)
                        try await channel.close().get()
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try Self.umask() == before)
    }

    @Test func theSocketOfAnEarlierRunIsReplaced() async throws {
        try await Self.withPath { path in
            try await Self.bind(path).close().get()
            #expect(FileManager.default.fileExists(atPath: path))
            try await Self.bind(path).close().get()
        }
    }

    @Test func aFileThatIsNoSocketIsLeftAlone() async throws {
        try await Self.withPath { path in
            try Data("precious".utf8).write(to: URL(fileURLWithPath: path))
            await #expect(throws: IOError.self) { try await Self.bind(path) }
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "precious")
        }
    }
}

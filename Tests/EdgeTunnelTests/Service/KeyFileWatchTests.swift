import Foundation
import Testing

@testable import EdgeTunnel

@Suite struct KeyFileWatchTests {
    @Test func aFileThatAppearsChangesOrGoesIsNoticedOnce() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "keys-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "agent.pem")
        var watch = KeyFileWatch(paths: [file.path, folder.appending(path: "never.pem").path])
        var seen = [watch.hasChanged()]
        try Data("one".utf8).write(to: file)
        seen += [watch.hasChanged(), watch.hasChanged()]
        // A rename puts another file in its place, as orchestrators do.
        try Data("two".utf8).write(to: file, options: .atomic)
        seen += [watch.hasChanged(), watch.hasChanged()]
        try FileManager.default.removeItem(at: file)
        seen += [watch.hasChanged(), watch.hasChanged()]
        #expect(seen == [false, true, false, true, false, true, false])
    }
}

import Foundation

/// The files of this repository, for tests that read the sources instead of running it.
enum SourceTree {
    /// The repository's top folder, found from where this file was compiled.
    static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    struct File: Sendable, CustomStringConvertible {
        /// Relative to the top folder.
        let path: String
        let text: String

        var description: String { self.path }
    }

    /// Every file with one of the endings below a folder, in the order of their paths; none if there is no such folder.
    static func files(under folder: String, endingIn suffix: String) throws -> [File] {
        let start = self.root.appending(path: folder)
        let names = FileManager.default.enumerator(atPath: start.path)?.compactMap { $0 as? String } ?? []
        return try names.filter { $0.hasSuffix(suffix) }.sorted().map { try self.file("\(folder)/\($0)") }
    }

    static func file(_ path: String) throws -> File {
        let text = try String(contentsOf: self.root.appending(path: path), encoding: .utf8)
        return File(path: path, text: text)
    }

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: self.root.appending(path: path).path)
    }

    static func folders(in folder: String) throws -> [String] {
        let start = self.root.appending(path: folder)
        let entries = try FileManager.default.contentsOfDirectory(
            at: start,
            includingPropertiesForKeys: [.isDirectoryKey]
        )
        return try entries.filter { try $0.resourceValues(forKeys: [.isDirectoryKey]).isDirectory == true }
            .map(\.lastPathComponent).sorted()
    }
}

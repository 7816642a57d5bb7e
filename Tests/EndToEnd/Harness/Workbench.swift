import Foundation

/// One test's folder and everything it started; all of it is gone when the test ends, however it ends.
final class Workbench {
    let folder: String
    private var programs: [Program] = []
    private var cleanups: [() async -> Void] = []

    static func use<Result>(_ body: (Workbench) async throws -> Result) async throws -> Result {
        let bench = try Workbench()
        do {
            let result = try await body(bench)
            await bench.clear()
            return result
        } catch {
            await bench.clear()
            throw error
        }
    }

    // Directly under /tmp: the path of a Unix socket has room for 107 bytes.
    private init() throws {
        var template = Array("/tmp/lookout-e2e.XXXXXX".utf8CString)
        guard let path = mkdtemp(&template) else { throw POSIXError(.EACCES) }
        self.folder = String(cString: path)
    }

    /// Starts a program that sees no variable but PATH and the ones given.
    func start(
        _ executable: String,
        _ arguments: [String] = [],
        environment: [String: String] = [:],
        input: FileHandle = .nullDevice,
        terminal: Terminal? = nil
    ) throws -> Program {
        let program = try Program(
            executable,
            arguments,
            environment: ["PATH": Paths.search].merging(environment) { $1 },
            output: self.file("program-\(self.programs.count)"),
            input: input,
            terminal: terminal
        )
        self.programs.append(program)
        return program
    }

    /// Starts the program that the first of `words` names, with the others as its arguments.
    func start(_ words: [String], environment: [String: String] = [:]) throws -> Program {
        try self.start(words[0], Array(words.dropFirst()), environment: environment)
    }

    /// Runs a program to its end.
    func run(
        _ executable: String,
        _ arguments: [String] = [],
        environment: [String: String] = [:],
        input: FileHandle = .nullDevice
    ) async throws -> Outcome {
        let program = try self.start(executable, arguments, environment: environment, input: input)
        let status = try await program.exit(within: .seconds(240))
        return Outcome(status: status, bytes: program.outputBytes, errors: program.errors)
    }

    /// Does this at the end, before the programs are stopped; the last one first.
    func atEnd(_ cleanup: @escaping () async -> Void) {
        self.cleanups.append(cleanup)
    }

    func file(_ name: String) -> String { "\(self.folder)/\(name)" }

    /// Writes a file that only its owner may read.
    func write(_ data: Data, to name: String) throws -> String {
        let path = self.file(name)
        try data.write(to: URL(filePath: path))
        guard chmod(path, 0o600) == 0 else { throw POSIXError(.EPERM) }
        return path
    }

    private func clear() async {
        // A test that is cut off at its time limit is cancelled, and its cleaning up must not be. Nobody else touches
        // the bench meanwhile: the caller waits.
        nonisolated(unsafe) let bench = self
        await Task {
            for cleanup in bench.cleanups.reversed() { await cleanup() }
            for program in bench.programs.reversed() { await program.stop() }
            try? FileManager.default.removeItem(atPath: bench.folder)
        }.value
    }
}

enum Paths {
    /// A daemon lives in sbin, which is not on every user's PATH.
    static let search =
        (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin") + ":/usr/local/sbin:/usr/sbin:/sbin"

    /// The repository's top folder, found from where this file was compiled.
    private static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static func example(_ name: String) -> String { self.root.appending(path: "examples/\(name)").path }
    static func script(_ name: String) -> String { self.root.appending(path: "scripts/dev/\(name)").path }

    /// An executable of this package, from the folder in which the tests themselves were built.
    static func built(_ name: String) throws -> String {
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let path = URL(filePath: tests).deletingLastPathComponent().appending(path: name).path
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw Missing(description: "no \(path); run swift build")
        }
        return path
    }

    static func installed(_ name: String) throws -> String {
        let found = self.search.split(separator: ":").map { "\($0)/\(name)" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
        guard let found else { throw Missing(description: "there is no \(name); run scripts/dev/packages engine") }
        return found
    }

    static func isInstalled(_ name: String) -> Bool { (try? self.installed(name)) != nil }
}

/// Something that the tests need is not on this machine; the text says how to get it.
struct Missing: Error, CustomStringConvertible {
    let description: String
}

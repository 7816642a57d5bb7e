import Foundation

/// A running program. Its output goes to files, so that nobody has to empty pipes while it runs.
final class Program {
    let name: String
    private let process: ChildProcess
    private let outputFile: String
    private let errorFile: String

    /// - Parameters:
    ///   - output: without an ending; `.out` and `.err` are added.
    ///   - terminal: stands in for all three of input, output and errors.
    init(
        _ executable: String,
        _ arguments: [String],
        environment: [String: String],
        output: String,
        input: FileHandle = .nullDevice,
        terminal: Terminal? = nil
    ) throws {
        self.name = ([executable] + arguments).joined(separator: " ")
        (self.outputFile, self.errorFile) = ("\(output).out", "\(output).err")
        let streams: ChildProcess.Streams
        if let terminal {
            streams = .terminal(path: terminal.path)
        } else {
            streams = .files(
                input: input,
                output: try Self.create(self.outputFile),
                errors: try Self.create(self.errorFile)
            )
        }
        self.process = try ChildProcess(executable, arguments, environment: environment, streams: streams)
    }

    private static func create(_ path: String) throws -> FileHandle {
        try Data().write(to: URL(filePath: path))
        return try FileHandle(forWritingTo: URL(filePath: path))
    }

    var isRunning: Bool { self.process.endStatus() == nil }

    /// What it wrote so far.
    var outputBytes: Data { (try? Data(contentsOf: URL(filePath: self.outputFile))) ?? Data() }
    var output: String { String(decoding: self.outputBytes, as: UTF8.self) }
    var errors: String { (try? String(contentsOfFile: self.errorFile, encoding: .utf8)) ?? "" }

    /// The most memory that it had at any time, in KiB.
    func peakMemory() throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(self.process.identifier)/status", encoding: .utf8)
        guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
            let number = line.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
        else { throw Missing(description: "there is no VmHWM in \(status)") }
        return number
    }

    /// The inodes of the Unix sockets that it holds open.
    func unixSockets() throws -> Set<Substring> {
        let folder = "/proc/\(self.process.identifier)"
        // Read to its end: of a file that claims to have no length the short form takes one block.
        let file = try FileHandle(forReadingFrom: URL(filePath: "\(folder)/net/unix"))
        let table = String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
        let inodes = Set(table.split(separator: "\n").compactMap { $0.split(separator: " ").dropFirst(6).first })
        let files = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/fd")
        // Gone again between the two looks, as likely as not.
        let targets = files.compactMap {
            try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/fd/\($0)")
        }
        return inodes.intersection(targets.filter { $0.hasPrefix("socket:[") }.map { $0.dropFirst(8).dropLast() })
    }

    func signal(_ number: CInt) {
        self.process.signal(number)
    }

    /// Waits for a line on standard output and returns what follows `text` in it.
    @discardableResult
    func line(after text: String) async throws -> String {
        try await eventually("\(self.name) says '\(text)'", details: { self.transcript }) {
            // Asked before the output is read: what it wrote last counts.
            let isRunning = self.isRunning
            let lines = self.output.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            for line in lines {
                if let range = line.firstRange(of: text) { return String(line[range.upperBound...]) }
            }
            guard isRunning else {
                throw TimedOut(description: "\(self.name) ended before it said '\(text)'\n\(self.transcript)")
            }
            return nil
        }
    }

    /// Waits for its end and returns the exit status; a signal counts as 128 and its number, as in a shell.
    func exit(within limit: Duration = patience) async throws -> Int32 {
        try await eventually("\(self.name) ends", within: limit, details: { self.transcript }) {
            self.process.endStatus()
        }
    }

    /// Ends it, in an orderly way if it can.
    func stop() async {
        self.signal(SIGTERM)
        // A test may have stopped it in the other sense.
        self.signal(SIGCONT)
        if (try? await self.exit(within: .seconds(10))) != nil { return }
        self.signal(SIGKILL)
        self.process.waitForEnd()
    }

    private var transcript: String {
        "--- output\n\(self.output.suffix(4000))--- errors\n\(self.errors.suffix(4000))"
    }
}

/// What a program that has ended left behind.
struct Outcome {
    let status: Int32
    let bytes: Data
    let errors: String

    var output: String { String(decoding: self.bytes, as: UTF8.self) }
    var lines: [String] { self.output.split(separator: "\n").map(String.init) }
}

import Foundation

/// A terminal with a program on one end and a test's fingers and eyes on the other.
final class Terminal {
    /// What the program opens as its input and output.
    let path: String
    private let ourEnd: FileHandle
    // Held open, so that the terminal is there before and after the program.
    private let programEnd: FileHandle
    private var seen = Data()

    init(columns: Int, rows: Int) throws {
        var (ours, theirs) = (CInt(-1), CInt(-1))
        guard openpty(&ours, &theirs, nil, nil, nil) == 0 else { throw POSIXError(.ENOTTY) }
        self.ourEnd = FileHandle(fileDescriptor: ours, closeOnDealloc: true)
        self.programEnd = FileHandle(fileDescriptor: theirs, closeOnDealloc: true)
        guard let path = ttyname(theirs), fcntl(ours, F_SETFL, O_NONBLOCK) == 0 else { throw POSIXError(.EIO) }
        self.path = String(cString: path)
        self.resize(columns: columns, rows: rows)
    }

    func resize(columns: Int, rows: Int) {
        var size = winsize(ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(self.ourEnd.fileDescriptor, UInt(TIOCSWINSZ), &size)
    }

    func type(_ text: String) throws {
        try self.ourEnd.write(contentsOf: Data(text.utf8))
    }

    /// Everything shown so far.
    func screen() -> String {
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(self.ourEnd.fileDescriptor, &chunk, chunk.count)
            guard count > 0 else { return String(decoding: self.seen, as: UTF8.self) }
            self.seen.append(contentsOf: chunk[..<count])
        }
    }

    func shows(_ text: String) async throws {
        try await eventually("the terminal shows '\(text)'", details: self.screen) {
            self.screen().contains(text) ? () : nil
        }
    }

    func text(between start: String, and end: String) async throws -> String {
        try await eventually("the terminal shows '\(start)…\(end)'", details: self.screen) {
            let screen = self.screen()
            guard let before = screen.firstRange(of: start),
                let after = screen[before.upperBound...].firstRange(of: end)
            else { return nil }
            return String(screen[before.upperBound..<after.lowerBound])
        }
    }
}
